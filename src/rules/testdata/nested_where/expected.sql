-- canal Ofertas
SELECT status, CASE WHEN status = 'candidate' THEN id_cliente END AS id_cliente,
  leaves_last(data_envio, email, telefone, assunto, source) AS best,
  count(*) AS rows_0,
  list(struct_pack("source" := source, "file" := file, "row" := row, "column" := CASE WHEN id_cliente IS NULL THEN 'id_cliente' ELSE 'data_envio' END, "value" := CASE WHEN id_cliente IS NOT NULL THEN data_envio_text END, "reason" := CASE WHEN id_cliente IS NULL THEN 'no id_cliente' WHEN data_envio_text IS NULL THEN 'no data_envio' ELSE 'not a date in the configured format' END)) FILTER (WHERE status = 'rejected') AS rejects
FROM (
  SELECT 0 AS source, file, row, id_cliente, email, telefone, assunto, data_envio,
    data_envio_text, CASE WHEN NOT kept THEN 'filtered' WHEN id_cliente IS NULL THEN 'rejected' WHEN data_envio IS NULL THEN 'rejected' WHEN data_envio > DATE '2024-05-28' THEN 'future' WHEN data_envio < DATE '2024-05-23' THEN 'expired' ELSE 'candidate' END AS status
  FROM (
    SELECT "__file" AS file, "__row" AS row,
      id_cliente AS id_cliente,
      "contato.email" AS email,
      telefone AS telefone,
      assunto AS assunto,
      CASE WHEN strlen("evento.quando.dia") = 10 THEN iso_date("evento.quando.dia") WHEN regexp_full_match("evento.quando.dia", '\d{4}-\d\d-\d\d[T ]([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d+)?)?') THEN iso_date(left("evento.quando.dia", 10)) WHEN regexp_full_match("evento.quando.dia", '\d{4}-\d\d-\d\d[T ]([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d+)?)? ?(Z|[+-](0\d|1[0-5])(:?[0-5]\d)?)') AND iso_date(left("evento.quando.dia", 10)) IS NOT NULL THEN CAST(timezone('America/Sao_Paulo', try_cast(left("evento.quando.dia", 16) || CASE WHEN substr("evento.quando.dia", 17, 1) = ':' THEN '' ELSE ':00' END || replace(substr("evento.quando.dia", 17), ' ', '') AS TIMESTAMPTZ)) AS DATE) END AS data_envio,
      "evento.quando.dia" AS data_envio_text,
      coalesce(TRY((contato.email IS NOT NULL AND evento.tipo = 'envio' AND evento.quando.hora < '12' AND ativo = 'true')), false) AS kept
    FROM (
      SELECT id_cliente AS id_cliente,
        "contato.email" AS "contato.email",
        telefone AS telefone,
        assunto AS assunto,
        "evento.quando.dia" AS "evento.quando.dia",
        "evento.tipo" AS "evento.tipo",
        "evento.quando.hora" AS "evento.quando.hora",
        "ativo" AS "ativo",
        struct_pack("email" := "contato.email") AS "contato",
        struct_pack("tipo" := "evento.tipo", "quando" := struct_pack("hora" := "evento.quando.hora")) AS "evento",
        DATE '2024-05-28' AS data_carga,
        "__file" AS "__file",
        "__row" AS "__row"
      FROM source_eventos
    )
  )
)
GROUP BY 1, 2;

-- canal Ofertas, its rows
SELECT id_cliente, 'Ofertas' AS canal, best.email AS email, best.telefone AS telefone,
  best.assunto AS assunto, best.data_envio AS data_envio, CAST(DATE '2024-05-28' - best.data_envio AS INTEGER) AS qtd_dias,
  best.data_envio + 5 AS saida_prevista, DATE '2024-05-28' AS data_carga
FROM groups
WHERE status = 'candidate';

