-- canal Ofertas
SELECT status, CASE WHEN status = 'candidate' THEN id_cliente END AS id_cliente,
  min(named_struct('days_left', coalesce(-unix_date(data_envio), 2147483647), 'no_email', email IS NULL, 'email', email, 'no_telefone', telefone IS NULL, 'telefone', telefone, 'no_assunto', assunto IS NULL, 'assunto', assunto, 'source', source, 'data_envio', data_envio)) AS best,
  count(*) AS rows_0,
  collect_list(named_struct('source', source, 'file', file, 'row', row, 'column', CASE WHEN id_cliente IS NULL THEN 'id_cliente' ELSE 'data_envio' END, 'value', CASE WHEN id_cliente IS NOT NULL THEN data_envio_text END, 'reason', CASE WHEN id_cliente IS NULL THEN 'no id_cliente' WHEN data_envio_text IS NULL THEN 'no data_envio' ELSE 'not a date in the configured format' END)) FILTER (WHERE status = 'rejected') AS rejects
FROM (
  SELECT 0 AS source, file, row, id_cliente, email, telefone, assunto, data_envio,
    data_envio_text, CASE WHEN NOT kept THEN 'filtered' WHEN id_cliente IS NULL THEN 'rejected' WHEN data_envio IS NULL THEN 'rejected' WHEN data_envio > DATE '2024-05-28' THEN 'future' WHEN data_envio < DATE '2024-05-23' THEN 'expired' ELSE 'candidate' END AS status
  FROM (
    SELECT `__file` AS file, `__row` AS row,
      `id_cliente` AS id_cliente,
      `contato.email` AS email,
      `telefone` AS telefone,
      `assunto` AS assunto,
      CASE WHEN `evento.quando.dia` RLIKE '\\A(?:\\d{4}-\\d\\d-\\d\\d)\\z' THEN CASE WHEN `evento.quando.dia` NOT LIKE '0000%' THEN try_cast(left(`evento.quando.dia`, 10) AS DATE) END WHEN `evento.quando.dia` RLIKE '\\A(?:\\d{4}-\\d\\d-\\d\\d[T ]([01]\\d|2[0-3]):[0-5]\\d(:[0-5]\\d(\\.\\d+)?)?)\\z' THEN CASE WHEN `evento.quando.dia` NOT LIKE '0000%' THEN try_cast(left(`evento.quando.dia`, 10) AS DATE) END WHEN `evento.quando.dia` RLIKE '\\A(?:\\d{4}-\\d\\d-\\d\\d[T ]([01]\\d|2[0-3]):[0-5]\\d(:[0-5]\\d(\\.\\d+)?)? ?(Z|[+-](0\\d|1[0-5])(:?[0-5]\\d)?))\\z' AND CASE WHEN `evento.quando.dia` NOT LIKE '0000%' THEN try_cast(left(`evento.quando.dia`, 10) AS DATE) END IS NOT NULL THEN CAST(from_utc_timestamp(timestamp_seconds(unix_date(try_cast(left(`evento.quando.dia`, 10) AS DATE)) * 86400L + try_cast(substr(`evento.quando.dia`, 12, 2) AS INT) * 3600 + try_cast(substr(`evento.quando.dia`, 15, 2) AS INT) * 60 + CASE WHEN substr(`evento.quando.dia`, 17, 1) = ':' THEN try_cast(substr(`evento.quando.dia`, 18, 2) AS INT) ELSE 0 END - CASE WHEN rpad(translate(regexp_extract(`evento.quando.dia`, '(Z|[+-][0-9:]+)$', 1), 'Z:', '+'), 5, '0') LIKE '-%' THEN -60 ELSE 60 END * (try_cast(substr(rpad(translate(regexp_extract(`evento.quando.dia`, '(Z|[+-][0-9:]+)$', 1), 'Z:', '+'), 5, '0'), 2, 2) AS INT) * 60 + try_cast(substr(rpad(translate(regexp_extract(`evento.quando.dia`, '(Z|[+-][0-9:]+)$', 1), 'Z:', '+'), 5, '0'), 4, 2) AS INT))), 'America/Sao_Paulo') AS DATE) END AS data_envio,
      `evento.quando.dia` AS data_envio_text,
      coalesce((contato.email IS NOT NULL AND evento.tipo = 'envio' AND evento.quando.hora < '12' AND ativo = 'true'), false) AS kept
    FROM (
      SELECT `id_cliente` AS `id_cliente`,
        `contato.email` AS `contato.email`,
        `telefone` AS `telefone`,
        `assunto` AS `assunto`,
        `evento.quando.dia` AS `evento.quando.dia`,
        `evento.tipo` AS `evento.tipo`,
        `evento.quando.hora` AS `evento.quando.hora`,
        `ativo` AS `ativo`,
        named_struct('email', `contato.email`) AS `contato`,
        named_struct('tipo', `evento.tipo`, 'quando', named_struct('hora', `evento.quando.hora`)) AS `evento`,
        DATE '2024-05-28' AS data_carga,
        `__file` AS `__file`,
        `__row` AS `__row`
      FROM `source_eventos`
    )
  )
)
GROUP BY 1, 2;

-- canal Ofertas, its rows
SELECT id_cliente, 'Ofertas' AS canal, best.email AS email, best.telefone AS telefone,
  best.assunto AS assunto, best.data_envio AS data_envio, datediff(DATE '2024-05-28', best.data_envio) AS qtd_dias,
  date_add(best.data_envio, 5) AS saida_prevista, DATE '2024-05-28' AS data_carga
FROM groups
WHERE status = 'candidate';

