-- canal Inteiro
SELECT status, CASE WHEN status = 'candidate' THEN id_cliente END AS id_cliente,
  leaves_last(data_envio, email, telefone, assunto, source) AS best,
  count(*) AS rows_0,
  list(struct_pack("source" := source, "file" := file, "row" := row, "column" := CASE WHEN id_cliente IS NULL THEN 'id_cliente' ELSE 'data_envio' END, "value" := CASE WHEN id_cliente IS NOT NULL THEN data_envio_text END, "reason" := CASE WHEN id_cliente IS NULL THEN 'no id_cliente' WHEN data_envio_text IS NULL THEN 'no data_envio' ELSE 'not a date in the configured format' END)) FILTER (WHERE status = 'rejected') AS rejects
FROM (
  SELECT 0 AS source, file, row, id_cliente, email, telefone, assunto, data_envio,
    data_envio_text, CASE WHEN NOT kept THEN 'filtered' WHEN id_cliente IS NULL THEN 'rejected' WHEN data_envio IS NULL THEN 'rejected' WHEN data_envio > DATE '2024-05-28' THEN 'future' WHEN data_envio < DATE '2024-05-21' THEN 'expired' ELSE 'candidate' END AS status
  FROM (
    SELECT "__file" AS file, "__row" AS row,
      CASE WHEN length(CAST(id_cliente AS VARCHAR)) < 11 AND regexp_full_match(CAST(id_cliente AS VARCHAR), '[0-9]+') THEN lpad(CAST(id_cliente AS VARCHAR), 11, '0') ELSE CAST(id_cliente AS VARCHAR) END AS id_cliente,
      email AS email,
      CAST(telefone AS VARCHAR) AS telefone,
      assunto AS assunto,
      data_envio AS data_envio,
      CAST(NULL AS VARCHAR) AS data_envio_text,
      true AS kept
    FROM (
      SELECT id_cliente AS id_cliente,
        trimmed(email) AS email,
        telefone AS telefone,
        trimmed(assunto) AS assunto,
        data_envio AS data_envio,
        DATE '2024-05-28' AS data_carga,
        "__file" AS "__file",
        "__row" AS "__row"
      FROM source_inteiro
    )
  )
)
GROUP BY 1, 2;

-- canal Inteiro, its rows
SELECT id_cliente, 'Inteiro' AS canal, best.email AS email, best.telefone AS telefone,
  best.assunto AS assunto, best.data_envio AS data_envio, CAST(DATE '2024-05-28' - best.data_envio AS INTEGER) AS qtd_dias,
  best.data_envio + 7 AS saida_prevista, DATE '2024-05-28' AS data_carga
FROM groups
WHERE status = 'candidate';

-- canal Real
SELECT status, CASE WHEN status = 'candidate' THEN id_cliente END AS id_cliente,
  leaves_last(data_envio, email, telefone, assunto, source) AS best,
  count(*) AS rows_0,
  list(struct_pack("source" := source, "file" := file, "row" := row, "column" := CASE WHEN id_cliente IS NULL THEN 'id_cliente' ELSE 'data_envio' END, "value" := CASE WHEN id_cliente IS NOT NULL THEN data_envio_text END, "reason" := CASE WHEN id_cliente IS NULL THEN 'no id_cliente' WHEN data_envio_text IS NULL THEN 'no data_envio' ELSE 'not a date in the configured format' END)) FILTER (WHERE status = 'rejected') AS rejects
FROM (
  SELECT 0 AS source, file, row, id_cliente, email, telefone, assunto, data_envio,
    data_envio_text, CASE WHEN NOT kept THEN 'filtered' WHEN id_cliente IS NULL THEN 'rejected' WHEN data_envio IS NULL THEN 'rejected' WHEN data_envio > DATE '2024-05-28' THEN 'future' WHEN data_envio < DATE '2024-05-21' THEN 'expired' ELSE 'candidate' END AS status
  FROM (
    SELECT "__file" AS file, "__row" AS row,
      CASE WHEN id_cliente = trunc(id_cliente) AND abs(id_cliente) < 1e15 THEN CAST(CAST(id_cliente AS BIGINT) AS VARCHAR) ELSE CAST(id_cliente AS VARCHAR) END AS id_cliente,
      email AS email,
      CASE WHEN telefone = trunc(telefone) AND abs(telefone) < 1e15 THEN CAST(CAST(telefone AS BIGINT) AS VARCHAR) ELSE CAST(telefone AS VARCHAR) END AS telefone,
      assunto AS assunto,
      CAST(data_envio AS DATE) AS data_envio,
      CAST(NULL AS VARCHAR) AS data_envio_text,
      true AS kept
    FROM (
      SELECT id_cliente AS id_cliente,
        trimmed(email) AS email,
        telefone AS telefone,
        trimmed(assunto) AS assunto,
        data_envio AS data_envio,
        DATE '2024-05-28' AS data_carga,
        "__file" AS "__file",
        "__row" AS "__row"
      FROM source_real
    )
  )
)
GROUP BY 1, 2;

-- canal Real, its rows
SELECT id_cliente, 'Real' AS canal, best.email AS email, best.telefone AS telefone,
  best.assunto AS assunto, best.data_envio AS data_envio, CAST(DATE '2024-05-28' - best.data_envio AS INTEGER) AS qtd_dias,
  best.data_envio + 7 AS saida_prevista, DATE '2024-05-28' AS data_carga
FROM groups
WHERE status = 'candidate';

-- canal Instante
SELECT status, CASE WHEN status = 'candidate' THEN id_cliente END AS id_cliente,
  leaves_last(data_envio, email, telefone, assunto, source) AS best,
  count(*) AS rows_0,
  list(struct_pack("source" := source, "file" := file, "row" := row, "column" := CASE WHEN id_cliente IS NULL THEN 'id_cliente' ELSE 'data_envio' END, "value" := CASE WHEN id_cliente IS NOT NULL THEN data_envio_text END, "reason" := CASE WHEN id_cliente IS NULL THEN 'no id_cliente' WHEN data_envio_text IS NULL THEN 'no data_envio' ELSE 'not a date in the configured format' END)) FILTER (WHERE status = 'rejected') AS rejects
FROM (
  SELECT 0 AS source, file, row, id_cliente, email, telefone, assunto, data_envio,
    data_envio_text, CASE WHEN NOT kept THEN 'filtered' WHEN id_cliente IS NULL THEN 'rejected' WHEN data_envio IS NULL THEN 'rejected' WHEN data_envio > DATE '2024-05-28' THEN 'future' WHEN data_envio < DATE '2024-05-21' THEN 'expired' ELSE 'candidate' END AS status
  FROM (
    SELECT "__file" AS file, "__row" AS row,
      id_cliente AS id_cliente,
      email AS email,
      telefone AS telefone,
      assunto AS assunto,
      CAST(timezone('America/Sao_Paulo', data_envio) AS DATE) AS data_envio,
      CAST(NULL AS VARCHAR) AS data_envio_text,
      true AS kept
    FROM (
      SELECT trimmed(id_cliente) AS id_cliente,
        trimmed(email) AS email,
        trimmed(telefone) AS telefone,
        trimmed(assunto) AS assunto,
        data_envio AS data_envio,
        DATE '2024-05-28' AS data_carga,
        "__file" AS "__file",
        "__row" AS "__row"
      FROM source_instante
    )
  )
)
GROUP BY 1, 2;

-- canal Instante, its rows
SELECT id_cliente, 'Instante' AS canal, best.email AS email, best.telefone AS telefone,
  best.assunto AS assunto, best.data_envio AS data_envio, CAST(DATE '2024-05-28' - best.data_envio AS INTEGER) AS qtd_dias,
  best.data_envio + 7 AS saida_prevista, DATE '2024-05-28' AS data_carga
FROM groups
WHERE status = 'candidate';

-- canal Utc
SELECT status, CASE WHEN status = 'candidate' THEN id_cliente END AS id_cliente,
  leaves_last(data_envio, email, telefone, assunto, source) AS best,
  count(*) AS rows_0,
  list(struct_pack("source" := source, "file" := file, "row" := row, "column" := CASE WHEN id_cliente IS NULL THEN 'id_cliente' ELSE 'data_envio' END, "value" := CASE WHEN id_cliente IS NOT NULL THEN data_envio_text END, "reason" := CASE WHEN id_cliente IS NULL THEN 'no id_cliente' WHEN data_envio_text IS NULL THEN 'no data_envio' ELSE 'not a date in the configured format' END)) FILTER (WHERE status = 'rejected') AS rejects
FROM (
  SELECT 0 AS source, file, row, id_cliente, email, telefone, assunto, data_envio,
    data_envio_text, CASE WHEN NOT kept THEN 'filtered' WHEN id_cliente IS NULL THEN 'rejected' WHEN data_envio IS NULL THEN 'rejected' WHEN data_envio > DATE '2024-05-28' THEN 'future' WHEN data_envio < DATE '2024-05-21' THEN 'expired' ELSE 'candidate' END AS status
  FROM (
    SELECT "__file" AS file, "__row" AS row,
      id_cliente AS id_cliente,
      email AS email,
      telefone AS telefone,
      assunto AS assunto,
      CAST(timezone('America/Sao_Paulo', timezone('UTC', data_envio)) AS DATE) AS data_envio,
      CAST(NULL AS VARCHAR) AS data_envio_text,
      true AS kept
    FROM (
      SELECT trimmed(id_cliente) AS id_cliente,
        trimmed(email) AS email,
        trimmed(telefone) AS telefone,
        trimmed(assunto) AS assunto,
        data_envio AS data_envio,
        DATE '2024-05-28' AS data_carga,
        "__file" AS "__file",
        "__row" AS "__row"
      FROM source_utc
    )
  )
)
GROUP BY 1, 2;

-- canal Utc, its rows
SELECT id_cliente, 'Utc' AS canal, best.email AS email, best.telefone AS telefone,
  best.assunto AS assunto, best.data_envio AS data_envio, CAST(DATE '2024-05-28' - best.data_envio AS INTEGER) AS qtd_dias,
  best.data_envio + 7 AS saida_prevista, DATE '2024-05-28' AS data_carga
FROM groups
WHERE status = 'candidate';

-- canal Outro
SELECT status, CASE WHEN status = 'candidate' THEN id_cliente END AS id_cliente,
  leaves_last(data_envio, email, telefone, assunto, source) AS best,
  count(*) AS rows_0,
  list(struct_pack("source" := source, "file" := file, "row" := row, "column" := CASE WHEN id_cliente IS NULL THEN 'id_cliente' ELSE 'data_envio' END, "value" := CASE WHEN id_cliente IS NOT NULL THEN data_envio_text END, "reason" := CASE WHEN id_cliente IS NULL THEN 'no id_cliente' WHEN data_envio_text IS NULL THEN 'no data_envio' ELSE 'not a date in the configured format' END)) FILTER (WHERE status = 'rejected') AS rejects
FROM (
  SELECT 0 AS source, file, row, id_cliente, email, telefone, assunto, data_envio,
    data_envio_text, CASE WHEN NOT kept THEN 'filtered' WHEN id_cliente IS NULL THEN 'rejected' WHEN data_envio IS NULL THEN 'rejected' WHEN data_envio > DATE '2024-05-28' THEN 'future' WHEN data_envio < DATE '2024-05-21' THEN 'expired' ELSE 'candidate' END AS status
  FROM (
    SELECT "__file" AS file, "__row" AS row,
      CAST(id_cliente AS VARCHAR) AS id_cliente,
      email AS email,
      CAST(telefone AS VARCHAR) AS telefone,
      assunto AS assunto,
      CASE WHEN strlen(CAST(data_envio AS VARCHAR)) = 10 THEN iso_date(CAST(data_envio AS VARCHAR)) WHEN regexp_full_match(CAST(data_envio AS VARCHAR), '\d{4}-\d\d-\d\d[T ]([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d+)?)?') THEN iso_date(left(CAST(data_envio AS VARCHAR), 10)) WHEN regexp_full_match(CAST(data_envio AS VARCHAR), '\d{4}-\d\d-\d\d[T ]([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d+)?)? ?(Z|[+-](0\d|1[0-5])(:?[0-5]\d)?)') AND iso_date(left(CAST(data_envio AS VARCHAR), 10)) IS NOT NULL THEN CAST(timezone('America/Sao_Paulo', try_cast(left(CAST(data_envio AS VARCHAR), 16) || CASE WHEN substr(CAST(data_envio AS VARCHAR), 17, 1) = ':' THEN '' ELSE ':00' END || replace(substr(CAST(data_envio AS VARCHAR), 17), ' ', '') AS TIMESTAMPTZ)) AS DATE) END AS data_envio,
      CAST(data_envio AS VARCHAR) AS data_envio_text,
      true AS kept
    FROM (
      SELECT id_cliente AS id_cliente,
        trimmed(email) AS email,
        telefone AS telefone,
        trimmed(assunto) AS assunto,
        data_envio AS data_envio,
        DATE '2024-05-28' AS data_carga,
        "__file" AS "__file",
        "__row" AS "__row"
      FROM source_outro
    )
  )
)
GROUP BY 1, 2;

-- canal Outro, its rows
SELECT id_cliente, 'Outro' AS canal, best.email AS email, best.telefone AS telefone,
  best.assunto AS assunto, best.data_envio AS data_envio, CAST(DATE '2024-05-28' - best.data_envio AS INTEGER) AS qtd_dias,
  best.data_envio + 7 AS saida_prevista, DATE '2024-05-28' AS data_carga
FROM groups
WHERE status = 'candidate';

