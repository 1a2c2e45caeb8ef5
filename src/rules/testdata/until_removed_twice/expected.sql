-- canal Fraude
SELECT status, CASE WHEN status = 'candidate' THEN id_cliente END AS id_cliente,
  leaves_last(data_envio, email, telefone, assunto, source) AS best,
  count(*) FILTER (WHERE source = 0) AS rows_0, max(data_envio) FILTER (WHERE source = 0) AS newest_0, count(*) FILTER (WHERE source = 1) AS rows_1, max(data_envio) FILTER (WHERE source = 1) AS newest_1,
  list(struct_pack("source" := source, "file" := file, "row" := row, "column" := CASE WHEN id_cliente IS NULL THEN 'id_cliente' ELSE 'data_envio' END, "value" := CASE WHEN id_cliente IS NOT NULL THEN data_envio_text END, "reason" := CASE WHEN id_cliente IS NULL THEN 'no id_cliente' WHEN data_envio_text IS NULL THEN 'no data_envio' ELSE 'not a date in the configured format' END)) FILTER (WHERE status = 'rejected') AS rejects
FROM (
  SELECT 0 AS source, file, row, id_cliente, email, telefone, assunto, data_envio,
    data_envio_text, CASE WHEN NOT kept THEN 'filtered' WHEN id_cliente IS NULL THEN 'rejected' ELSE 'candidate' END AS status
  FROM (
    SELECT "__file" AS file, "__row" AS row,
      CAST(id_cliente AS VARCHAR) AS id_cliente,
      email AS email,
      telefone AS telefone,
      assunto AS assunto,
      CAST(timezone('UTC', data_envio) AS DATE) AS data_envio,
      CAST(NULL AS VARCHAR) AS data_envio_text,
      true AS kept
    FROM (
      SELECT id_cliente AS id_cliente,
        trimmed(email) AS email,
        trimmed(telefone) AS telefone,
        trimmed(assunto) AS assunto,
        data_envio AS data_envio,
        DATE '2024-05-28' AS data_carga,
        "__file" AS "__file",
        "__row" AS "__row"
      FROM source_novas
    )
  )
  UNION ALL
  SELECT 1 AS source, file, row, id_cliente, email, telefone, assunto, data_envio,
    data_envio_text, CASE WHEN NOT kept THEN 'filtered' WHEN id_cliente IS NULL THEN 'rejected' ELSE 'candidate' END AS status
  FROM (
    SELECT "__file" AS file, "__row" AS row,
      id_cliente AS id_cliente,
      email AS email,
      telefone AS telefone,
      assunto AS assunto,
      CASE WHEN strlen(data_envio) = 10 THEN iso_date(data_envio) WHEN regexp_full_match(data_envio, '\d{4}-\d\d-\d\d[T ]([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d+)?)?') THEN iso_date(left(data_envio, 10)) WHEN regexp_full_match(data_envio, '\d{4}-\d\d-\d\d[T ]([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d+)?)? ?(Z|[+-](0\d|1[0-5])(:?[0-5]\d)?)') AND iso_date(left(data_envio, 10)) IS NOT NULL THEN CAST(timezone('UTC', try_cast(left(data_envio, 16) || CASE WHEN substr(data_envio, 17, 1) = ':' THEN '' ELSE ':00' END || replace(substr(data_envio, 17), ' ', '') AS TIMESTAMPTZ)) AS DATE) END AS data_envio,
      data_envio AS data_envio_text,
      true AS kept
    FROM (
      SELECT id_cliente AS id_cliente,
        email AS email,
        telefone AS telefone,
        assunto AS assunto,
        data_envio AS data_envio,
        DATE '2024-05-28' AS data_carga,
        "__file" AS "__file",
        "__row" AS "__row"
      FROM source_antigas
    )
  )
)
GROUP BY 1, 2;

-- canal Fraude, its rows
SELECT id_cliente, 'Fraude' AS canal, best.email AS email, best.telefone AS telefone,
  best.assunto AS assunto, best.data_envio AS data_envio, CAST(NULL AS INTEGER) AS qtd_dias,
  CAST(NULL AS DATE) AS saida_prevista, DATE '2024-05-28' AS data_carga
FROM groups
WHERE status = 'candidate';

