-- canal Inteiro
SELECT status, CASE WHEN status = 'candidate' THEN id_cliente END AS id_cliente,
  min(named_struct('days_left', coalesce(-unix_date(data_envio), 2147483647), 'no_email', email IS NULL, 'email', email, 'no_telefone', telefone IS NULL, 'telefone', telefone, 'no_assunto', assunto IS NULL, 'assunto', assunto, 'source', source, 'data_envio', data_envio)) AS best,
  count(*) AS rows_0,
  collect_list(named_struct('source', source, 'file', file, 'row', row, 'column', CASE WHEN id_cliente IS NULL THEN 'id_cliente' ELSE 'data_envio' END, 'value', CASE WHEN id_cliente IS NOT NULL THEN data_envio_text END, 'reason', CASE WHEN id_cliente IS NULL THEN 'no id_cliente' WHEN data_envio_text IS NULL THEN 'no data_envio' ELSE 'not a date in the configured format' END)) FILTER (WHERE status = 'rejected') AS rejects
FROM (
  SELECT 0 AS source, file, row, id_cliente, email, telefone, assunto, data_envio,
    data_envio_text, CASE WHEN NOT kept THEN 'filtered' WHEN id_cliente IS NULL THEN 'rejected' WHEN data_envio IS NULL THEN 'rejected' WHEN data_envio > DATE '2024-05-28' THEN 'future' WHEN data_envio < DATE '2024-05-21' THEN 'expired' ELSE 'candidate' END AS status
  FROM (
    SELECT `__file` AS file, `__row` AS row,
      CASE WHEN length(CAST(`id_cliente` AS STRING)) < 11 AND CAST(`id_cliente` AS STRING) RLIKE '\\A(?:[0-9]+)\\z' THEN lpad(CAST(`id_cliente` AS STRING), 11, '0') ELSE CAST(`id_cliente` AS STRING) END AS id_cliente,
      `email` AS email,
      CAST(`telefone` AS STRING) AS telefone,
      `assunto` AS assunto,
      `data_envio` AS data_envio,
      CAST(NULL AS STRING) AS data_envio_text,
      true AS kept
    FROM (
      SELECT `id_cliente` AS `id_cliente`,
        nullif(trim(BOTH ' \t\r\n' FROM `email`), '') AS `email`,
        `telefone` AS `telefone`,
        nullif(trim(BOTH ' \t\r\n' FROM `assunto`), '') AS `assunto`,
        `data_envio` AS `data_envio`,
        DATE '2024-05-28' AS data_carga,
        `__file` AS `__file`,
        `__row` AS `__row`
      FROM `source_inteiro`
    )
  )
)
GROUP BY 1, 2;

-- canal Inteiro, its rows
SELECT id_cliente, 'Inteiro' AS canal, best.email AS email, best.telefone AS telefone,
  best.assunto AS assunto, best.data_envio AS data_envio, datediff(DATE '2024-05-28', best.data_envio) AS qtd_dias,
  date_add(best.data_envio, 7) AS saida_prevista, DATE '2024-05-28' AS data_carga
FROM groups
WHERE status = 'candidate';

-- canal Real
SELECT status, CASE WHEN status = 'candidate' THEN id_cliente END AS id_cliente,
  min(named_struct('days_left', coalesce(-unix_date(data_envio), 2147483647), 'no_email', email IS NULL, 'email', email, 'no_telefone', telefone IS NULL, 'telefone', telefone, 'no_assunto', assunto IS NULL, 'assunto', assunto, 'source', source, 'data_envio', data_envio)) AS best,
  count(*) AS rows_0,
  collect_list(named_struct('source', source, 'file', file, 'row', row, 'column', CASE WHEN id_cliente IS NULL THEN 'id_cliente' ELSE 'data_envio' END, 'value', CASE WHEN id_cliente IS NOT NULL THEN data_envio_text END, 'reason', CASE WHEN id_cliente IS NULL THEN 'no id_cliente' WHEN data_envio_text IS NULL THEN 'no data_envio' ELSE 'not a date in the configured format' END)) FILTER (WHERE status = 'rejected') AS rejects
FROM (
  SELECT 0 AS source, file, row, id_cliente, email, telefone, assunto, data_envio,
    data_envio_text, CASE WHEN NOT kept THEN 'filtered' WHEN id_cliente IS NULL THEN 'rejected' WHEN data_envio IS NULL THEN 'rejected' WHEN data_envio > DATE '2024-05-28' THEN 'future' WHEN data_envio < DATE '2024-05-21' THEN 'expired' ELSE 'candidate' END AS status
  FROM (
    SELECT `__file` AS file, `__row` AS row,
      CASE WHEN `id_cliente` % 1 = 0 AND abs(`id_cliente`) < 1e15 THEN CAST(CAST(`id_cliente` AS BIGINT) AS STRING) WHEN isnan(`id_cliente`) THEN 'nan' WHEN typeof(`id_cliente`) NOT LIKE 'decimal%' AND abs(`id_cliente`) >= 1e-4 AND abs(`id_cliente`) < 1e15 THEN regexp_replace(CAST(CAST(`id_cliente` AS DECIMAL(38, 22)) AS STRING), '0+$', '') ELSE CAST(`id_cliente` AS STRING) END AS id_cliente,
      `email` AS email,
      CASE WHEN `telefone` % 1 = 0 AND abs(`telefone`) < 1e15 THEN CAST(CAST(`telefone` AS BIGINT) AS STRING) WHEN isnan(`telefone`) THEN 'nan' WHEN typeof(`telefone`) NOT LIKE 'decimal%' AND abs(`telefone`) >= 1e-4 AND abs(`telefone`) < 1e15 THEN regexp_replace(CAST(CAST(`telefone` AS DECIMAL(38, 22)) AS STRING), '0+$', '') ELSE CAST(`telefone` AS STRING) END AS telefone,
      `assunto` AS assunto,
      CAST(`data_envio` AS DATE) AS data_envio,
      CAST(NULL AS STRING) AS data_envio_text,
      true AS kept
    FROM (
      SELECT `id_cliente` AS `id_cliente`,
        nullif(trim(BOTH ' \t\r\n' FROM `email`), '') AS `email`,
        `telefone` AS `telefone`,
        nullif(trim(BOTH ' \t\r\n' FROM `assunto`), '') AS `assunto`,
        `data_envio` AS `data_envio`,
        DATE '2024-05-28' AS data_carga,
        `__file` AS `__file`,
        `__row` AS `__row`
      FROM `source_real`
    )
  )
)
GROUP BY 1, 2;

-- canal Real, its rows
SELECT id_cliente, 'Real' AS canal, best.email AS email, best.telefone AS telefone,
  best.assunto AS assunto, best.data_envio AS data_envio, datediff(DATE '2024-05-28', best.data_envio) AS qtd_dias,
  date_add(best.data_envio, 7) AS saida_prevista, DATE '2024-05-28' AS data_carga
FROM groups
WHERE status = 'candidate';

-- canal Instante
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
      `assunto` AS assunto,
      CAST(from_utc_timestamp(`data_envio`, 'America/Sao_Paulo') AS DATE) AS data_envio,
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
      FROM `source_instante`
    )
  )
)
GROUP BY 1, 2;

-- canal Instante, its rows
SELECT id_cliente, 'Instante' AS canal, best.email AS email, best.telefone AS telefone,
  best.assunto AS assunto, best.data_envio AS data_envio, datediff(DATE '2024-05-28', best.data_envio) AS qtd_dias,
  date_add(best.data_envio, 7) AS saida_prevista, DATE '2024-05-28' AS data_carga
FROM groups
WHERE status = 'candidate';

-- canal Utc
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
      `assunto` AS assunto,
      CAST(from_utc_timestamp(CAST(`data_envio` AS TIMESTAMP), 'America/Sao_Paulo') AS DATE) AS data_envio,
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
      FROM `source_utc`
    )
  )
)
GROUP BY 1, 2;

-- canal Utc, its rows
SELECT id_cliente, 'Utc' AS canal, best.email AS email, best.telefone AS telefone,
  best.assunto AS assunto, best.data_envio AS data_envio, datediff(DATE '2024-05-28', best.data_envio) AS qtd_dias,
  date_add(best.data_envio, 7) AS saida_prevista, DATE '2024-05-28' AS data_carga
FROM groups
WHERE status = 'candidate';

-- canal Outro
SELECT status, CASE WHEN status = 'candidate' THEN id_cliente END AS id_cliente,
  min(named_struct('days_left', coalesce(-unix_date(data_envio), 2147483647), 'no_email', email IS NULL, 'email', email, 'no_telefone', telefone IS NULL, 'telefone', telefone, 'no_assunto', assunto IS NULL, 'assunto', assunto, 'source', source, 'data_envio', data_envio)) AS best,
  count(*) AS rows_0,
  collect_list(named_struct('source', source, 'file', file, 'row', row, 'column', CASE WHEN id_cliente IS NULL THEN 'id_cliente' ELSE 'data_envio' END, 'value', CASE WHEN id_cliente IS NOT NULL THEN data_envio_text END, 'reason', CASE WHEN id_cliente IS NULL THEN 'no id_cliente' WHEN data_envio_text IS NULL THEN 'no data_envio' ELSE 'not a date in the configured format' END)) FILTER (WHERE status = 'rejected') AS rejects
FROM (
  SELECT 0 AS source, file, row, id_cliente, email, telefone, assunto, data_envio,
    data_envio_text, CASE WHEN NOT kept THEN 'filtered' WHEN id_cliente IS NULL THEN 'rejected' WHEN data_envio IS NULL THEN 'rejected' WHEN data_envio > DATE '2024-05-28' THEN 'future' WHEN data_envio < DATE '2024-05-21' THEN 'expired' ELSE 'candidate' END AS status
  FROM (
    SELECT `__file` AS file, `__row` AS row,
      CAST(`id_cliente` AS STRING) AS id_cliente,
      `email` AS email,
      CAST(`telefone` AS STRING) AS telefone,
      `assunto` AS assunto,
      CASE WHEN CAST(`data_envio` AS STRING) RLIKE '\\A(?:\\d{4}-\\d\\d-\\d\\d)\\z' THEN CASE WHEN CAST(`data_envio` AS STRING) NOT LIKE '0000%' THEN try_cast(left(CAST(`data_envio` AS STRING), 10) AS DATE) END WHEN CAST(`data_envio` AS STRING) RLIKE '\\A(?:\\d{4}-\\d\\d-\\d\\d[T ]([01]\\d|2[0-3]):[0-5]\\d(:[0-5]\\d(\\.\\d+)?)?)\\z' THEN CASE WHEN CAST(`data_envio` AS STRING) NOT LIKE '0000%' THEN try_cast(left(CAST(`data_envio` AS STRING), 10) AS DATE) END WHEN CAST(`data_envio` AS STRING) RLIKE '\\A(?:\\d{4}-\\d\\d-\\d\\d[T ]([01]\\d|2[0-3]):[0-5]\\d(:[0-5]\\d(\\.\\d+)?)? ?(Z|[+-](0\\d|1[0-5])(:?[0-5]\\d)?))\\z' AND CASE WHEN CAST(`data_envio` AS STRING) NOT LIKE '0000%' THEN try_cast(left(CAST(`data_envio` AS STRING), 10) AS DATE) END IS NOT NULL THEN CAST(from_utc_timestamp(timestamp_seconds(unix_date(try_cast(left(CAST(`data_envio` AS STRING), 10) AS DATE)) * 86400L + try_cast(substr(CAST(`data_envio` AS STRING), 12, 2) AS INT) * 3600 + try_cast(substr(CAST(`data_envio` AS STRING), 15, 2) AS INT) * 60 + CASE WHEN substr(CAST(`data_envio` AS STRING), 17, 1) = ':' THEN try_cast(substr(CAST(`data_envio` AS STRING), 18, 2) AS INT) ELSE 0 END - CASE WHEN rpad(translate(regexp_extract(CAST(`data_envio` AS STRING), '(Z|[+-][0-9:]+)$', 1), 'Z:', '+'), 5, '0') LIKE '-%' THEN -60 ELSE 60 END * (try_cast(substr(rpad(translate(regexp_extract(CAST(`data_envio` AS STRING), '(Z|[+-][0-9:]+)$', 1), 'Z:', '+'), 5, '0'), 2, 2) AS INT) * 60 + try_cast(substr(rpad(translate(regexp_extract(CAST(`data_envio` AS STRING), '(Z|[+-][0-9:]+)$', 1), 'Z:', '+'), 5, '0'), 4, 2) AS INT))), 'America/Sao_Paulo') AS DATE) END AS data_envio,
      CAST(`data_envio` AS STRING) AS data_envio_text,
      true AS kept
    FROM (
      SELECT `id_cliente` AS `id_cliente`,
        nullif(trim(BOTH ' \t\r\n' FROM `email`), '') AS `email`,
        `telefone` AS `telefone`,
        nullif(trim(BOTH ' \t\r\n' FROM `assunto`), '') AS `assunto`,
        `data_envio` AS `data_envio`,
        DATE '2024-05-28' AS data_carga,
        `__file` AS `__file`,
        `__row` AS `__row`
      FROM `source_outro`
    )
  )
)
GROUP BY 1, 2;

-- canal Outro, its rows
SELECT id_cliente, 'Outro' AS canal, best.email AS email, best.telefone AS telefone,
  best.assunto AS assunto, best.data_envio AS data_envio, datediff(DATE '2024-05-28', best.data_envio) AS qtd_dias,
  date_add(best.data_envio, 7) AS saida_prevista, DATE '2024-05-28' AS data_carga
FROM groups
WHERE status = 'candidate';

