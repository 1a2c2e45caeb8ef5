-- canal CRM
SELECT status, CASE WHEN status = 'candidate' THEN id_cliente END AS id_cliente,
  min(named_struct('days_left', coalesce(-unix_date(data_envio), 2147483647), 'no_email', email IS NULL, 'email', email, 'no_telefone', telefone IS NULL, 'telefone', telefone, 'no_assunto', assunto IS NULL, 'assunto', assunto, 'source', source, 'data_envio', data_envio)) AS best,
  count(*) AS rows_0,
  collect_list(named_struct('source', source, 'file', file, 'row', row, 'column', CASE WHEN id_cliente IS NULL THEN 'id_cliente' ELSE 'data_envio' END, 'value', CASE WHEN id_cliente IS NOT NULL THEN data_envio_text END, 'reason', CASE WHEN id_cliente IS NULL THEN 'no id_cliente' WHEN data_envio_text IS NULL THEN 'no data_envio' ELSE 'not a date in the configured format' END)) FILTER (WHERE status = 'rejected') AS rejects
FROM (
  SELECT 0 AS source, file, row, id_cliente, email, telefone, assunto, data_envio,
    data_envio_text, CASE WHEN NOT kept THEN 'filtered' WHEN id_cliente IS NULL THEN 'rejected' WHEN data_envio IS NULL THEN 'rejected' WHEN data_envio > DATE '2024-05-28' THEN 'future' WHEN data_envio < DATE '2024-04-28' THEN 'expired' ELSE 'candidate' END AS status
  FROM (
    SELECT `__file` AS file, `__row` AS row,
      `id_cliente` AS id_cliente,
      `email` AS email,
      `telefone` AS telefone,
      `assunto` AS assunto,
      CASE WHEN `data_envio` RLIKE '\\A(?:\\d{4}-\\d\\d-\\d\\d)\\z' THEN CASE WHEN `data_envio` NOT LIKE '0000%' THEN try_cast(left(`data_envio`, 10) AS DATE) END WHEN `data_envio` RLIKE '\\A(?:\\d{4}-\\d\\d-\\d\\d[T ]([01]\\d|2[0-3]):[0-5]\\d(:[0-5]\\d(\\.\\d+)?)?)\\z' THEN CASE WHEN `data_envio` NOT LIKE '0000%' THEN try_cast(left(`data_envio`, 10) AS DATE) END WHEN `data_envio` RLIKE '\\A(?:\\d{4}-\\d\\d-\\d\\d[T ]([01]\\d|2[0-3]):[0-5]\\d(:[0-5]\\d(\\.\\d+)?)? ?(Z|[+-](0\\d|1[0-5])(:?[0-5]\\d)?))\\z' AND CASE WHEN `data_envio` NOT LIKE '0000%' THEN try_cast(left(`data_envio`, 10) AS DATE) END IS NOT NULL THEN CAST(from_utc_timestamp(timestamp_seconds(unix_date(try_cast(left(`data_envio`, 10) AS DATE)) * 86400L + try_cast(substr(`data_envio`, 12, 2) AS INT) * 3600 + try_cast(substr(`data_envio`, 15, 2) AS INT) * 60 + CASE WHEN substr(`data_envio`, 17, 1) = ':' THEN try_cast(substr(`data_envio`, 18, 2) AS INT) ELSE 0 END - CASE WHEN rpad(translate(regexp_extract(`data_envio`, '(Z|[+-][0-9:]+)$', 1), 'Z:', '+'), 5, '0') LIKE '-%' THEN -60 ELSE 60 END * (try_cast(substr(rpad(translate(regexp_extract(`data_envio`, '(Z|[+-][0-9:]+)$', 1), 'Z:', '+'), 5, '0'), 2, 2) AS INT) * 60 + try_cast(substr(rpad(translate(regexp_extract(`data_envio`, '(Z|[+-][0-9:]+)$', 1), 'Z:', '+'), 5, '0'), 4, 2) AS INT))), 'America/Sao_Paulo') AS DATE) END AS data_envio,
      `data_envio` AS data_envio_text,
      coalesce((data_base = data_carga), false) AS kept
    FROM (
      SELECT `id_cliente` AS `id_cliente`,
        `email` AS `email`,
        `telefone` AS `telefone`,
        `assunto` AS `assunto`,
        `data_envio` AS `data_envio`,
        `data_base` AS `data_base`,
        DATE '2024-05-28' AS data_carga,
        `__file` AS `__file`,
        `__row` AS `__row`
      FROM `source_crm`
    )
  )
)
GROUP BY 1, 2;

-- canal CRM, its rows
SELECT id_cliente, 'CRM' AS canal, best.email AS email, best.telefone AS telefone,
  best.assunto AS assunto, best.data_envio AS data_envio, datediff(DATE '2024-05-28', best.data_envio) AS qtd_dias,
  date_add(best.data_envio, 30) AS saida_prevista, DATE '2024-05-28' AS data_carga
FROM groups
WHERE status = 'candidate';

-- canal Marketing
SELECT status, CASE WHEN status = 'candidate' THEN id_cliente END AS id_cliente,
  min(named_struct('days_left', coalesce(-unix_date(data_envio), 2147483647), 'no_email', email IS NULL, 'email', email, 'no_telefone', telefone IS NULL, 'telefone', telefone, 'no_assunto', assunto IS NULL, 'assunto', assunto, 'source', source, 'data_envio', data_envio)) AS best,
  count(*) AS rows_0,
  collect_list(named_struct('source', source, 'file', file, 'row', row, 'column', CASE WHEN id_cliente IS NULL THEN 'id_cliente' ELSE 'data_envio' END, 'value', CASE WHEN id_cliente IS NOT NULL THEN data_envio_text END, 'reason', CASE WHEN id_cliente IS NULL THEN 'no id_cliente' WHEN data_envio_text IS NULL THEN 'no data_envio' ELSE 'not a date in the configured format' END)) FILTER (WHERE status = 'rejected') AS rejects
FROM (
  SELECT 0 AS source, file, row, id_cliente, email, telefone, assunto, data_envio,
    data_envio_text, CASE WHEN NOT kept THEN 'filtered' WHEN id_cliente IS NULL THEN 'rejected' WHEN data_envio IS NULL THEN 'rejected' WHEN data_envio > DATE '2024-05-28' THEN 'future' WHEN data_envio < DATE '2024-05-21' THEN 'expired' ELSE 'candidate' END AS status
  FROM (
    SELECT `__file` AS file, `__row` AS row,
      `id_cliente` AS id_cliente,
      `email` AS email,
      `telefone` AS telefone,
      `subject` AS assunto,
      CASE WHEN `data_envio` RLIKE '\\A(?:\\d{4}-\\d\\d-\\d\\d)\\z' THEN CASE WHEN `data_envio` NOT LIKE '0000%' THEN try_cast(left(`data_envio`, 10) AS DATE) END WHEN `data_envio` RLIKE '\\A(?:\\d{4}-\\d\\d-\\d\\d[T ]([01]\\d|2[0-3]):[0-5]\\d(:[0-5]\\d(\\.\\d+)?)?)\\z' THEN CASE WHEN `data_envio` NOT LIKE '0000%' THEN try_cast(left(`data_envio`, 10) AS DATE) END WHEN `data_envio` RLIKE '\\A(?:\\d{4}-\\d\\d-\\d\\d[T ]([01]\\d|2[0-3]):[0-5]\\d(:[0-5]\\d(\\.\\d+)?)? ?(Z|[+-](0\\d|1[0-5])(:?[0-5]\\d)?))\\z' AND CASE WHEN `data_envio` NOT LIKE '0000%' THEN try_cast(left(`data_envio`, 10) AS DATE) END IS NOT NULL THEN CAST(from_utc_timestamp(timestamp_seconds(unix_date(try_cast(left(`data_envio`, 10) AS DATE)) * 86400L + try_cast(substr(`data_envio`, 12, 2) AS INT) * 3600 + try_cast(substr(`data_envio`, 15, 2) AS INT) * 60 + CASE WHEN substr(`data_envio`, 17, 1) = ':' THEN try_cast(substr(`data_envio`, 18, 2) AS INT) ELSE 0 END - CASE WHEN rpad(translate(regexp_extract(`data_envio`, '(Z|[+-][0-9:]+)$', 1), 'Z:', '+'), 5, '0') LIKE '-%' THEN -60 ELSE 60 END * (try_cast(substr(rpad(translate(regexp_extract(`data_envio`, '(Z|[+-][0-9:]+)$', 1), 'Z:', '+'), 5, '0'), 2, 2) AS INT) * 60 + try_cast(substr(rpad(translate(regexp_extract(`data_envio`, '(Z|[+-][0-9:]+)$', 1), 'Z:', '+'), 5, '0'), 4, 2) AS INT))), 'America/Sao_Paulo') AS DATE) END AS data_envio,
      `data_envio` AS data_envio_text,
      coalesce((email IS NOT NULL), false) AS kept
    FROM (
      SELECT `id_cliente` AS `id_cliente`,
        `email` AS `email`,
        `telefone` AS `telefone`,
        `subject` AS `subject`,
        `data_envio` AS `data_envio`,
        DATE '2024-05-28' AS data_carga,
        `__file` AS `__file`,
        `__row` AS `__row`
      FROM `source_marketing`
    )
  )
)
GROUP BY 1, 2;

-- canal Marketing, its rows
SELECT id_cliente, 'Marketing' AS canal, best.email AS email, best.telefone AS telefone,
  best.assunto AS assunto, best.data_envio AS data_envio, datediff(DATE '2024-05-28', best.data_envio) AS qtd_dias,
  date_add(best.data_envio, 7) AS saida_prevista, DATE '2024-05-28' AS data_carga
FROM groups
WHERE status = 'candidate';

-- canal Recomendacao
SELECT status, CASE WHEN status = 'candidate' THEN id_cliente END AS id_cliente,
  min(named_struct('days_left', coalesce(-unix_date(data_envio), 2147483647), 'no_email', email IS NULL, 'email', email, 'no_telefone', telefone IS NULL, 'telefone', telefone, 'no_assunto', assunto IS NULL, 'assunto', assunto, 'source', source, 'data_envio', data_envio)) AS best,
  count(*) AS rows_0,
  collect_list(named_struct('source', source, 'file', file, 'row', row, 'column', CASE WHEN id_cliente IS NULL THEN 'id_cliente' ELSE 'data_envio' END, 'value', CASE WHEN id_cliente IS NOT NULL THEN data_envio_text END, 'reason', CASE WHEN id_cliente IS NULL THEN 'no id_cliente' WHEN data_envio_text IS NULL THEN 'no data_envio' ELSE 'not a date in the configured format' END)) FILTER (WHERE status = 'rejected') AS rejects
FROM (
  SELECT 0 AS source, file, row, id_cliente, email, telefone, assunto, data_envio,
    data_envio_text, CASE WHEN NOT kept THEN 'filtered' WHEN id_cliente IS NULL THEN 'rejected' WHEN data_envio IS NULL THEN 'rejected' WHEN data_envio > DATE '2024-05-28' THEN 'future' WHEN data_envio < DATE '2024-05-13' THEN 'expired' ELSE 'candidate' END AS status
  FROM (
    SELECT `__file` AS file, `__row` AS row,
      `id_cliente` AS id_cliente,
      `email` AS email,
      `telefone` AS telefone,
      `assunto` AS assunto,
      `data_envio` AS data_envio,
      CAST(NULL AS STRING) AS data_envio_text,
      true AS kept
    FROM (
      SELECT nullif(trim(BOTH ' \t\r\n' FROM `id_cliente`), '') AS `id_cliente`,
        nullif(trim(BOTH ' \t\r\n' FROM `email`), '') AS `email`,
        nullif(trim(BOTH ' \t\r\n' FROM `telefone`), '') AS `telefone`,
        nullif(trim(BOTH ' \t\r\n' FROM `assunto`), '') AS `assunto`,
        `data_envio` AS `data_envio`,
        DATE '2024-05-28' AS data_carga,
        `__file` AS `__file`,
        `__row` AS `__row`
      FROM `source_recomendacao`
    )
  )
)
GROUP BY 1, 2;

-- canal Recomendacao, its rows
SELECT id_cliente, 'Recomendacao' AS canal, best.email AS email, best.telefone AS telefone,
  best.assunto AS assunto, best.data_envio AS data_envio, datediff(DATE '2024-05-28', best.data_envio) AS qtd_dias,
  date_add(best.data_envio, 15) AS saida_prevista, DATE '2024-05-28' AS data_carga
FROM groups
WHERE status = 'candidate';

-- canal Restritos
SELECT status, CASE WHEN status = 'candidate' THEN id_cliente END AS id_cliente,
  min(named_struct('days_left', coalesce(-unix_date(data_envio), 2147483647), 'no_email', email IS NULL, 'email', email, 'no_telefone', telefone IS NULL, 'telefone', telefone, 'no_assunto', assunto IS NULL, 'assunto', assunto, 'source', source, 'data_envio', data_envio)) AS best,
  count(*) AS rows_0,
  collect_list(named_struct('source', source, 'file', file, 'row', row, 'column', CASE WHEN id_cliente IS NULL THEN 'id_cliente' ELSE 'data_envio' END, 'value', CASE WHEN id_cliente IS NOT NULL THEN data_envio_text END, 'reason', CASE WHEN id_cliente IS NULL THEN 'no id_cliente' WHEN data_envio_text IS NULL THEN 'no data_envio' ELSE 'not a date in the configured format' END)) FILTER (WHERE status = 'rejected') AS rejects
FROM (
  SELECT 0 AS source, file, row, id_cliente, email, telefone, assunto, data_envio,
    data_envio_text, CASE WHEN NOT kept THEN 'filtered' WHEN id_cliente IS NULL THEN 'rejected' WHEN data_envio IS NULL THEN 'rejected' WHEN data_envio > DATE '2024-05-28' THEN 'future' WHEN data_envio < DATE '2024-02-28' THEN 'expired' ELSE 'candidate' END AS status
  FROM (
    SELECT `__file` AS file, `__row` AS row,
      `id_cliente` AS id_cliente,
      `contatos.email` AS email,
      `contatos.numero_telefone` AS telefone,
      `motivos.descricao` AS assunto,
      CASE WHEN `contatos.data_solicitacao` RLIKE '\\A(?:\\d{4}-\\d\\d-\\d\\d)\\z' THEN CASE WHEN `contatos.data_solicitacao` NOT LIKE '0000%' THEN try_cast(left(`contatos.data_solicitacao`, 10) AS DATE) END WHEN `contatos.data_solicitacao` RLIKE '\\A(?:\\d{4}-\\d\\d-\\d\\d[T ]([01]\\d|2[0-3]):[0-5]\\d(:[0-5]\\d(\\.\\d+)?)?)\\z' THEN CASE WHEN `contatos.data_solicitacao` NOT LIKE '0000%' THEN try_cast(left(`contatos.data_solicitacao`, 10) AS DATE) END WHEN `contatos.data_solicitacao` RLIKE '\\A(?:\\d{4}-\\d\\d-\\d\\d[T ]([01]\\d|2[0-3]):[0-5]\\d(:[0-5]\\d(\\.\\d+)?)? ?(Z|[+-](0\\d|1[0-5])(:?[0-5]\\d)?))\\z' AND CASE WHEN `contatos.data_solicitacao` NOT LIKE '0000%' THEN try_cast(left(`contatos.data_solicitacao`, 10) AS DATE) END IS NOT NULL THEN CAST(from_utc_timestamp(timestamp_seconds(unix_date(try_cast(left(`contatos.data_solicitacao`, 10) AS DATE)) * 86400L + try_cast(substr(`contatos.data_solicitacao`, 12, 2) AS INT) * 3600 + try_cast(substr(`contatos.data_solicitacao`, 15, 2) AS INT) * 60 + CASE WHEN substr(`contatos.data_solicitacao`, 17, 1) = ':' THEN try_cast(substr(`contatos.data_solicitacao`, 18, 2) AS INT) ELSE 0 END - CASE WHEN rpad(translate(regexp_extract(`contatos.data_solicitacao`, '(Z|[+-][0-9:]+)$', 1), 'Z:', '+'), 5, '0') LIKE '-%' THEN -60 ELSE 60 END * (try_cast(substr(rpad(translate(regexp_extract(`contatos.data_solicitacao`, '(Z|[+-][0-9:]+)$', 1), 'Z:', '+'), 5, '0'), 2, 2) AS INT) * 60 + try_cast(substr(rpad(translate(regexp_extract(`contatos.data_solicitacao`, '(Z|[+-][0-9:]+)$', 1), 'Z:', '+'), 5, '0'), 4, 2) AS INT))), 'America/Sao_Paulo') AS DATE) END AS data_envio,
      `contatos.data_solicitacao` AS data_envio_text,
      true AS kept
    FROM (
      SELECT `id_cliente` AS `id_cliente`,
        `contatos.email` AS `contatos.email`,
        `contatos.numero_telefone` AS `contatos.numero_telefone`,
        `motivos.descricao` AS `motivos.descricao`,
        `contatos.data_solicitacao` AS `contatos.data_solicitacao`,
        DATE '2024-05-28' AS data_carga,
        `__file` AS `__file`,
        `__row` AS `__row`
      FROM `source_restritos`
    )
  )
)
GROUP BY 1, 2;

-- canal Restritos, its rows
SELECT id_cliente, 'Restritos' AS canal, best.email AS email, best.telefone AS telefone,
  best.assunto AS assunto, best.data_envio AS data_envio, datediff(DATE '2024-05-28', best.data_envio) AS qtd_dias,
  date_add(best.data_envio, 90) AS saida_prevista, DATE '2024-05-28' AS data_carga
FROM groups
WHERE status = 'candidate';

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
      `email` AS email,
      `telefone` AS telefone,
      `assunto` AS assunto,
      `data_envio` AS data_envio,
      CAST(NULL AS STRING) AS data_envio_text,
      true AS kept
    FROM (
      SELECT nullif(trim(BOTH ' \t\r\n' FROM `id_cliente`), '') AS `id_cliente`,
        nullif(trim(BOTH ' \t\r\n' FROM `email`), '') AS `email`,
        nullif(trim(BOTH ' \t\r\n' FROM `telefone`), '') AS `telefone`,
        nullif(trim(BOTH ' \t\r\n' FROM `assunto`), '') AS `assunto`,
        `data_envio` AS `data_envio`,
        DATE '2024-05-28' AS data_carga,
        `__file` AS `__file`,
        `__row` AS `__row`
      FROM `source_ofertas`
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

-- canal Fraude
SELECT status, CASE WHEN status = 'candidate' THEN id_cliente END AS id_cliente,
  min(named_struct('days_left', coalesce(-unix_date(data_envio), 2147483647), 'no_email', email IS NULL, 'email', email, 'no_telefone', telefone IS NULL, 'telefone', telefone, 'no_assunto', assunto IS NULL, 'assunto', assunto, 'source', source, 'data_envio', data_envio)) AS best,
  count(*) AS rows_0,
  collect_list(named_struct('source', source, 'file', file, 'row', row, 'column', CASE WHEN id_cliente IS NULL THEN 'id_cliente' ELSE 'data_envio' END, 'value', CASE WHEN id_cliente IS NOT NULL THEN data_envio_text END, 'reason', CASE WHEN id_cliente IS NULL THEN 'no id_cliente' WHEN data_envio_text IS NULL THEN 'no data_envio' ELSE 'not a date in the configured format' END)) FILTER (WHERE status = 'rejected') AS rejects
FROM (
  SELECT 0 AS source, file, row, id_cliente, email, telefone, assunto, data_envio,
    data_envio_text, CASE WHEN NOT kept THEN 'filtered' WHEN id_cliente IS NULL THEN 'rejected' ELSE 'candidate' END AS status
  FROM (
    SELECT `__file` AS file, `__row` AS row,
      `id_cliente` AS id_cliente,
      `email` AS email,
      `telefone` AS telefone,
      'suspeita de fraude' AS assunto,
      `dt_inclus` AS data_envio,
      CAST(NULL AS STRING) AS data_envio_text,
      coalesce((data_exclus IS NULL), false) AS kept
    FROM (
      SELECT nullif(trim(BOTH ' \t\r\n' FROM `id_cliente`), '') AS `id_cliente`,
        nullif(trim(BOTH ' \t\r\n' FROM `email`), '') AS `email`,
        nullif(trim(BOTH ' \t\r\n' FROM `telefone`), '') AS `telefone`,
        `dt_inclus` AS `dt_inclus`,
        `data_exclus` AS `data_exclus`,
        DATE '2024-05-28' AS data_carga,
        `__file` AS `__file`,
        `__row` AS `__row`
      FROM `source_fraude`
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

