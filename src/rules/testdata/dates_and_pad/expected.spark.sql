-- canal A
SELECT status, CASE WHEN status = 'candidate' THEN id_cliente END AS id_cliente,
  min(named_struct('days_left', coalesce(-unix_date(data_envio), 2147483647), 'no_email', email IS NULL, 'email', email, 'no_telefone', telefone IS NULL, 'telefone', telefone, 'no_assunto', assunto IS NULL, 'assunto', assunto, 'source', source, 'data_envio', data_envio)) AS best,
  count(*) AS rows_0,
  collect_list(named_struct('source', source, 'file', file, 'row', row, 'column', CASE WHEN id_cliente IS NULL THEN 'id_cliente' ELSE 'data_envio' END, 'value', CASE WHEN id_cliente IS NOT NULL THEN data_envio_text END, 'reason', CASE WHEN id_cliente IS NULL THEN 'no id_cliente' WHEN data_envio_text IS NULL THEN 'no data_envio' ELSE 'not a date in the configured format' END)) FILTER (WHERE status = 'rejected') AS rejects
FROM (
  SELECT 0 AS source, file, row, id_cliente, email, telefone, assunto, data_envio,
    data_envio_text, CASE WHEN NOT kept THEN 'filtered' WHEN id_cliente IS NULL THEN 'rejected' WHEN data_envio IS NULL THEN 'rejected' WHEN data_envio > DATE '2024-05-28' THEN 'future' WHEN data_envio < DATE '2024-05-21' THEN 'expired' ELSE 'candidate' END AS status
  FROM (
    SELECT `__file` AS file, `__row` AS row,
      CASE WHEN length(`cpf`) < 11 AND `cpf` RLIKE '\\A(?:[0-9]+)\\z' THEN lpad(`cpf`, 11, '0') ELSE `cpf` END AS id_cliente,
      `email` AS email,
      `telefone` AS telefone,
      `assunto` AS assunto,
      CASE WHEN `data_envio` RLIKE '\\A\\s*+(\\d{1,2}+)\\/(\\d{1,2}+)\\/(\\d{1,4}+)\\s*+\\z' AND try_cast(concat(lpad(regexp_extract(`data_envio`, '\\A\\s*+(\\d{1,2}+)\\/(\\d{1,2}+)\\/(\\d{1,4}+)\\s*+\\z', 3), 4, '0'), '-', regexp_extract(`data_envio`, '\\A\\s*+(\\d{1,2}+)\\/(\\d{1,2}+)\\/(\\d{1,4}+)\\s*+\\z', 2), '-', regexp_extract(`data_envio`, '\\A\\s*+(\\d{1,2}+)\\/(\\d{1,2}+)\\/(\\d{1,4}+)\\s*+\\z', 1)) AS DATE) >= DATE '1000-01-01' THEN try_cast(concat(lpad(regexp_extract(`data_envio`, '\\A\\s*+(\\d{1,2}+)\\/(\\d{1,2}+)\\/(\\d{1,4}+)\\s*+\\z', 3), 4, '0'), '-', regexp_extract(`data_envio`, '\\A\\s*+(\\d{1,2}+)\\/(\\d{1,2}+)\\/(\\d{1,4}+)\\s*+\\z', 2), '-', regexp_extract(`data_envio`, '\\A\\s*+(\\d{1,2}+)\\/(\\d{1,2}+)\\/(\\d{1,4}+)\\s*+\\z', 1)) AS DATE) END AS data_envio,
      `data_envio` AS data_envio_text,
      true AS kept
    FROM (
      SELECT `cpf` AS `cpf`,
        `email` AS `email`,
        `telefone` AS `telefone`,
        `assunto` AS `assunto`,
        `data_envio` AS `data_envio`,
        DATE '2024-05-28' AS data_carga,
        `__file` AS `__file`,
        `__row` AS `__row`
      FROM `source_um_formato`
    )
  )
)
GROUP BY 1, 2;

-- canal A, its rows
SELECT id_cliente, 'A' AS canal, best.email AS email, best.telefone AS telefone,
  best.assunto AS assunto, best.data_envio AS data_envio, datediff(DATE '2024-05-28', best.data_envio) AS qtd_dias,
  date_add(best.data_envio, 7) AS saida_prevista, DATE '2024-05-28' AS data_carga
FROM groups
WHERE status = 'candidate';

-- canal B
SELECT status, CASE WHEN status = 'candidate' THEN id_cliente END AS id_cliente,
  min(named_struct('days_left', coalesce(-unix_date(data_envio), 2147483647), 'no_email', email IS NULL, 'email', email, 'no_telefone', telefone IS NULL, 'telefone', telefone, 'no_assunto', assunto IS NULL, 'assunto', assunto, 'source', source, 'data_envio', data_envio)) AS best,
  count(*) AS rows_0,
  collect_list(named_struct('source', source, 'file', file, 'row', row, 'column', CASE WHEN id_cliente IS NULL THEN 'id_cliente' ELSE 'data_envio' END, 'value', CASE WHEN id_cliente IS NOT NULL THEN data_envio_text END, 'reason', CASE WHEN id_cliente IS NULL THEN 'no id_cliente' WHEN data_envio_text IS NULL THEN 'no data_envio' ELSE 'not a date in the configured format' END)) FILTER (WHERE status = 'rejected') AS rejects
FROM (
  SELECT 0 AS source, file, row, id_cliente, email, telefone, assunto, data_envio,
    data_envio_text, CASE WHEN NOT kept THEN 'filtered' WHEN id_cliente IS NULL THEN 'rejected' WHEN data_envio IS NULL THEN 'rejected' WHEN data_envio > DATE '2024-05-28' THEN 'future' WHEN data_envio < DATE '2024-05-27' THEN 'expired' ELSE 'candidate' END AS status
  FROM (
    SELECT `__file` AS file, `__row` AS row,
      `id_cliente` AS id_cliente,
      `email` AS email,
      CASE WHEN length(`fone`) < 9 AND `fone` RLIKE '\\A(?:[0-9]+)\\z' THEN lpad(`fone`, 9, '0') ELSE `fone` END AS telefone,
      `assunto` AS assunto,
      coalesce(CASE WHEN `data_envio` RLIKE '\\A(?:\\d{4}-\\d\\d-\\d\\d)\\z' THEN CASE WHEN `data_envio` NOT LIKE '0000%' THEN try_cast(left(`data_envio`, 10) AS DATE) END WHEN `data_envio` RLIKE '\\A(?:\\d{4}-\\d\\d-\\d\\d[T ]([01]\\d|2[0-3]):[0-5]\\d(:[0-5]\\d(\\.\\d+)?)?)\\z' THEN CASE WHEN `data_envio` NOT LIKE '0000%' THEN try_cast(left(`data_envio`, 10) AS DATE) END WHEN `data_envio` RLIKE '\\A(?:\\d{4}-\\d\\d-\\d\\d[T ]([01]\\d|2[0-3]):[0-5]\\d(:[0-5]\\d(\\.\\d+)?)? ?(Z|[+-](0\\d|1[0-5])(:?[0-5]\\d)?))\\z' AND CASE WHEN `data_envio` NOT LIKE '0000%' THEN try_cast(left(`data_envio`, 10) AS DATE) END IS NOT NULL THEN CAST(from_utc_timestamp(timestamp_seconds(unix_date(try_cast(left(`data_envio`, 10) AS DATE)) * 86400L + try_cast(substr(`data_envio`, 12, 2) AS INT) * 3600 + try_cast(substr(`data_envio`, 15, 2) AS INT) * 60 + CASE WHEN substr(`data_envio`, 17, 1) = ':' THEN try_cast(substr(`data_envio`, 18, 2) AS INT) ELSE 0 END - CASE WHEN rpad(translate(regexp_extract(`data_envio`, '(Z|[+-][0-9:]+)$', 1), 'Z:', '+'), 5, '0') LIKE '-%' THEN -60 ELSE 60 END * (try_cast(substr(rpad(translate(regexp_extract(`data_envio`, '(Z|[+-][0-9:]+)$', 1), 'Z:', '+'), 5, '0'), 2, 2) AS INT) * 60 + try_cast(substr(rpad(translate(regexp_extract(`data_envio`, '(Z|[+-][0-9:]+)$', 1), 'Z:', '+'), 5, '0'), 4, 2) AS INT))), 'America/Sao_Paulo') AS DATE) END, coalesce(CASE WHEN `data_envio` RLIKE '\\A\\s*+(\\d{1,2}+)\\/(\\d{1,2}+)\\/(\\d{1,4}+)\\s*+\\z' AND try_cast(concat(lpad(regexp_extract(`data_envio`, '\\A\\s*+(\\d{1,2}+)\\/(\\d{1,2}+)\\/(\\d{1,4}+)\\s*+\\z', 3), 4, '0'), '-', regexp_extract(`data_envio`, '\\A\\s*+(\\d{1,2}+)\\/(\\d{1,2}+)\\/(\\d{1,4}+)\\s*+\\z', 2), '-', regexp_extract(`data_envio`, '\\A\\s*+(\\d{1,2}+)\\/(\\d{1,2}+)\\/(\\d{1,4}+)\\s*+\\z', 1)) AS DATE) >= DATE '1000-01-01' THEN try_cast(concat(lpad(regexp_extract(`data_envio`, '\\A\\s*+(\\d{1,2}+)\\/(\\d{1,2}+)\\/(\\d{1,4}+)\\s*+\\z', 3), 4, '0'), '-', regexp_extract(`data_envio`, '\\A\\s*+(\\d{1,2}+)\\/(\\d{1,2}+)\\/(\\d{1,4}+)\\s*+\\z', 2), '-', regexp_extract(`data_envio`, '\\A\\s*+(\\d{1,2}+)\\/(\\d{1,2}+)\\/(\\d{1,4}+)\\s*+\\z', 1)) AS DATE) END, CASE WHEN `data_envio` RLIKE '\\A\\s*+(\\d{1,2}+)\\.(\\d{1,2}+)\\.(\\d{1,2}+)\\s*+\\z' AND try_cast(concat(CAST(CASE WHEN try_cast(regexp_extract(`data_envio`, '\\A\\s*+(\\d{1,2}+)\\.(\\d{1,2}+)\\.(\\d{1,2}+)\\s*+\\z', 3) AS INT) >= 69 THEN 1900 ELSE 2000 END + try_cast(regexp_extract(`data_envio`, '\\A\\s*+(\\d{1,2}+)\\.(\\d{1,2}+)\\.(\\d{1,2}+)\\s*+\\z', 3) AS INT) AS STRING), '-', regexp_extract(`data_envio`, '\\A\\s*+(\\d{1,2}+)\\.(\\d{1,2}+)\\.(\\d{1,2}+)\\s*+\\z', 2), '-', regexp_extract(`data_envio`, '\\A\\s*+(\\d{1,2}+)\\.(\\d{1,2}+)\\.(\\d{1,2}+)\\s*+\\z', 1)) AS DATE) >= DATE '1000-01-01' THEN try_cast(concat(CAST(CASE WHEN try_cast(regexp_extract(`data_envio`, '\\A\\s*+(\\d{1,2}+)\\.(\\d{1,2}+)\\.(\\d{1,2}+)\\s*+\\z', 3) AS INT) >= 69 THEN 1900 ELSE 2000 END + try_cast(regexp_extract(`data_envio`, '\\A\\s*+(\\d{1,2}+)\\.(\\d{1,2}+)\\.(\\d{1,2}+)\\s*+\\z', 3) AS INT) AS STRING), '-', regexp_extract(`data_envio`, '\\A\\s*+(\\d{1,2}+)\\.(\\d{1,2}+)\\.(\\d{1,2}+)\\s*+\\z', 2), '-', regexp_extract(`data_envio`, '\\A\\s*+(\\d{1,2}+)\\.(\\d{1,2}+)\\.(\\d{1,2}+)\\s*+\\z', 1)) AS DATE) END)) AS data_envio,
      `data_envio` AS data_envio_text,
      true AS kept
    FROM (
      SELECT `id_cliente` AS `id_cliente`,
        `email` AS `email`,
        `fone` AS `fone`,
        `assunto` AS `assunto`,
        `data_envio` AS `data_envio`,
        DATE '2024-05-28' AS data_carga,
        `__file` AS `__file`,
        `__row` AS `__row`
      FROM `source_planilha`
    )
  )
)
GROUP BY 1, 2;

-- canal B, its rows
SELECT id_cliente, 'B' AS canal, best.email AS email, best.telefone AS telefone,
  best.assunto AS assunto, best.data_envio AS data_envio, datediff(DATE '2024-05-28', best.data_envio) AS qtd_dias,
  date_add(best.data_envio, 1) AS saida_prevista, DATE '2024-05-28' AS data_carga
FROM groups
WHERE status = 'candidate';

-- canal C
SELECT status, CASE WHEN status = 'candidate' THEN id_cliente END AS id_cliente,
  min(named_struct('days_left', coalesce(-unix_date(data_envio), 2147483647), 'no_email', email IS NULL, 'email', email, 'no_telefone', telefone IS NULL, 'telefone', telefone, 'no_assunto', assunto IS NULL, 'assunto', assunto, 'source', source, 'data_envio', data_envio)) AS best,
  count(*) AS rows_0,
  collect_list(named_struct('source', source, 'file', file, 'row', row, 'column', CASE WHEN id_cliente IS NULL THEN 'id_cliente' ELSE 'data_envio' END, 'value', CASE WHEN id_cliente IS NOT NULL THEN data_envio_text END, 'reason', CASE WHEN id_cliente IS NULL THEN 'no id_cliente' WHEN data_envio_text IS NULL THEN 'no data_envio' ELSE 'not a date in the configured format' END)) FILTER (WHERE status = 'rejected') AS rejects
FROM (
  SELECT 0 AS source, file, row, id_cliente, email, telefone, assunto, data_envio,
    data_envio_text, CASE WHEN NOT kept THEN 'filtered' WHEN id_cliente IS NULL THEN 'rejected' WHEN data_envio IS NULL THEN 'rejected' WHEN data_envio > DATE '2024-05-28' THEN 'future' WHEN data_envio < DATE '2023-05-29' THEN 'expired' ELSE 'candidate' END AS status
  FROM (
    SELECT `__file` AS file, `__row` AS row,
      `id_cliente` AS id_cliente,
      `email` AS email,
      `telefone` AS telefone,
      `assunto` AS assunto,
      coalesce(CASE WHEN `data_envio` RLIKE '\\A\\s*+(\\d{1,4}+)\\-(\\d{1,2}+)\\-(\\d{1,2}+)\\s++(?!2[4-9]|[3-9]\\d)(\\d{1,2}+)\\:(?![6-9]\\d)(\\d{1,2}+)\\:(?![6-9]\\d)(\\d{1,2}+)\\s++([+-]\\d\\d(?::?\\d\\d(?::\\d\\d)?)?)\\s*+\\z' AND CAST(from_utc_timestamp(timestamp_seconds(unix_date(try_cast(concat(lpad(regexp_extract(`data_envio`, '\\A\\s*+(\\d{1,4}+)\\-(\\d{1,2}+)\\-(\\d{1,2}+)\\s++(?!2[4-9]|[3-9]\\d)(\\d{1,2}+)\\:(?![6-9]\\d)(\\d{1,2}+)\\:(?![6-9]\\d)(\\d{1,2}+)\\s++([+-]\\d\\d(?::?\\d\\d(?::\\d\\d)?)?)\\s*+\\z', 1), 4, '0'), '-', regexp_extract(`data_envio`, '\\A\\s*+(\\d{1,4}+)\\-(\\d{1,2}+)\\-(\\d{1,2}+)\\s++(?!2[4-9]|[3-9]\\d)(\\d{1,2}+)\\:(?![6-9]\\d)(\\d{1,2}+)\\:(?![6-9]\\d)(\\d{1,2}+)\\s++([+-]\\d\\d(?::?\\d\\d(?::\\d\\d)?)?)\\s*+\\z', 2), '-', regexp_extract(`data_envio`, '\\A\\s*+(\\d{1,4}+)\\-(\\d{1,2}+)\\-(\\d{1,2}+)\\s++(?!2[4-9]|[3-9]\\d)(\\d{1,2}+)\\:(?![6-9]\\d)(\\d{1,2}+)\\:(?![6-9]\\d)(\\d{1,2}+)\\s++([+-]\\d\\d(?::?\\d\\d(?::\\d\\d)?)?)\\s*+\\z', 3)) AS DATE)) * 86400L + (try_cast(regexp_extract(`data_envio`, '\\A\\s*+(\\d{1,4}+)\\-(\\d{1,2}+)\\-(\\d{1,2}+)\\s++(?!2[4-9]|[3-9]\\d)(\\d{1,2}+)\\:(?![6-9]\\d)(\\d{1,2}+)\\:(?![6-9]\\d)(\\d{1,2}+)\\s++([+-]\\d\\d(?::?\\d\\d(?::\\d\\d)?)?)\\s*+\\z', 4) AS INT) * 3600 + try_cast(regexp_extract(`data_envio`, '\\A\\s*+(\\d{1,4}+)\\-(\\d{1,2}+)\\-(\\d{1,2}+)\\s++(?!2[4-9]|[3-9]\\d)(\\d{1,2}+)\\:(?![6-9]\\d)(\\d{1,2}+)\\:(?![6-9]\\d)(\\d{1,2}+)\\s++([+-]\\d\\d(?::?\\d\\d(?::\\d\\d)?)?)\\s*+\\z', 5) AS INT) * 60 + try_cast(regexp_extract(`data_envio`, '\\A\\s*+(\\d{1,4}+)\\-(\\d{1,2}+)\\-(\\d{1,2}+)\\s++(?!2[4-9]|[3-9]\\d)(\\d{1,2}+)\\:(?![6-9]\\d)(\\d{1,2}+)\\:(?![6-9]\\d)(\\d{1,2}+)\\s++([+-]\\d\\d(?::?\\d\\d(?::\\d\\d)?)?)\\s*+\\z', 6) AS INT)) - (CASE WHEN regexp_extract(`data_envio`, '\\A\\s*+(\\d{1,4}+)\\-(\\d{1,2}+)\\-(\\d{1,2}+)\\s++(?!2[4-9]|[3-9]\\d)(\\d{1,2}+)\\:(?![6-9]\\d)(\\d{1,2}+)\\:(?![6-9]\\d)(\\d{1,2}+)\\s++([+-]\\d\\d(?::?\\d\\d(?::\\d\\d)?)?)\\s*+\\z', 7) LIKE '-%' THEN -1 ELSE 1 END * (try_cast(substr(rpad(regexp_replace(substr(regexp_extract(`data_envio`, '\\A\\s*+(\\d{1,4}+)\\-(\\d{1,2}+)\\-(\\d{1,2}+)\\s++(?!2[4-9]|[3-9]\\d)(\\d{1,2}+)\\:(?![6-9]\\d)(\\d{1,2}+)\\:(?![6-9]\\d)(\\d{1,2}+)\\s++([+-]\\d\\d(?::?\\d\\d(?::\\d\\d)?)?)\\s*+\\z', 7), 2), ':', ''), 6, '0'), 1, 2) AS INT) * 3600 + try_cast(substr(rpad(regexp_replace(substr(regexp_extract(`data_envio`, '\\A\\s*+(\\d{1,4}+)\\-(\\d{1,2}+)\\-(\\d{1,2}+)\\s++(?!2[4-9]|[3-9]\\d)(\\d{1,2}+)\\:(?![6-9]\\d)(\\d{1,2}+)\\:(?![6-9]\\d)(\\d{1,2}+)\\s++([+-]\\d\\d(?::?\\d\\d(?::\\d\\d)?)?)\\s*+\\z', 7), 2), ':', ''), 6, '0'), 3, 2) AS INT) * 60 + try_cast(substr(rpad(regexp_replace(substr(regexp_extract(`data_envio`, '\\A\\s*+(\\d{1,4}+)\\-(\\d{1,2}+)\\-(\\d{1,2}+)\\s++(?!2[4-9]|[3-9]\\d)(\\d{1,2}+)\\:(?![6-9]\\d)(\\d{1,2}+)\\:(?![6-9]\\d)(\\d{1,2}+)\\s++([+-]\\d\\d(?::?\\d\\d(?::\\d\\d)?)?)\\s*+\\z', 7), 2), ':', ''), 6, '0'), 5, 2) AS INT)))), 'America/Sao_Paulo') AS DATE) >= DATE '1000-01-01' THEN CAST(from_utc_timestamp(timestamp_seconds(unix_date(try_cast(concat(lpad(regexp_extract(`data_envio`, '\\A\\s*+(\\d{1,4}+)\\-(\\d{1,2}+)\\-(\\d{1,2}+)\\s++(?!2[4-9]|[3-9]\\d)(\\d{1,2}+)\\:(?![6-9]\\d)(\\d{1,2}+)\\:(?![6-9]\\d)(\\d{1,2}+)\\s++([+-]\\d\\d(?::?\\d\\d(?::\\d\\d)?)?)\\s*+\\z', 1), 4, '0'), '-', regexp_extract(`data_envio`, '\\A\\s*+(\\d{1,4}+)\\-(\\d{1,2}+)\\-(\\d{1,2}+)\\s++(?!2[4-9]|[3-9]\\d)(\\d{1,2}+)\\:(?![6-9]\\d)(\\d{1,2}+)\\:(?![6-9]\\d)(\\d{1,2}+)\\s++([+-]\\d\\d(?::?\\d\\d(?::\\d\\d)?)?)\\s*+\\z', 2), '-', regexp_extract(`data_envio`, '\\A\\s*+(\\d{1,4}+)\\-(\\d{1,2}+)\\-(\\d{1,2}+)\\s++(?!2[4-9]|[3-9]\\d)(\\d{1,2}+)\\:(?![6-9]\\d)(\\d{1,2}+)\\:(?![6-9]\\d)(\\d{1,2}+)\\s++([+-]\\d\\d(?::?\\d\\d(?::\\d\\d)?)?)\\s*+\\z', 3)) AS DATE)) * 86400L + (try_cast(regexp_extract(`data_envio`, '\\A\\s*+(\\d{1,4}+)\\-(\\d{1,2}+)\\-(\\d{1,2}+)\\s++(?!2[4-9]|[3-9]\\d)(\\d{1,2}+)\\:(?![6-9]\\d)(\\d{1,2}+)\\:(?![6-9]\\d)(\\d{1,2}+)\\s++([+-]\\d\\d(?::?\\d\\d(?::\\d\\d)?)?)\\s*+\\z', 4) AS INT) * 3600 + try_cast(regexp_extract(`data_envio`, '\\A\\s*+(\\d{1,4}+)\\-(\\d{1,2}+)\\-(\\d{1,2}+)\\s++(?!2[4-9]|[3-9]\\d)(\\d{1,2}+)\\:(?![6-9]\\d)(\\d{1,2}+)\\:(?![6-9]\\d)(\\d{1,2}+)\\s++([+-]\\d\\d(?::?\\d\\d(?::\\d\\d)?)?)\\s*+\\z', 5) AS INT) * 60 + try_cast(regexp_extract(`data_envio`, '\\A\\s*+(\\d{1,4}+)\\-(\\d{1,2}+)\\-(\\d{1,2}+)\\s++(?!2[4-9]|[3-9]\\d)(\\d{1,2}+)\\:(?![6-9]\\d)(\\d{1,2}+)\\:(?![6-9]\\d)(\\d{1,2}+)\\s++([+-]\\d\\d(?::?\\d\\d(?::\\d\\d)?)?)\\s*+\\z', 6) AS INT)) - (CASE WHEN regexp_extract(`data_envio`, '\\A\\s*+(\\d{1,4}+)\\-(\\d{1,2}+)\\-(\\d{1,2}+)\\s++(?!2[4-9]|[3-9]\\d)(\\d{1,2}+)\\:(?![6-9]\\d)(\\d{1,2}+)\\:(?![6-9]\\d)(\\d{1,2}+)\\s++([+-]\\d\\d(?::?\\d\\d(?::\\d\\d)?)?)\\s*+\\z', 7) LIKE '-%' THEN -1 ELSE 1 END * (try_cast(substr(rpad(regexp_replace(substr(regexp_extract(`data_envio`, '\\A\\s*+(\\d{1,4}+)\\-(\\d{1,2}+)\\-(\\d{1,2}+)\\s++(?!2[4-9]|[3-9]\\d)(\\d{1,2}+)\\:(?![6-9]\\d)(\\d{1,2}+)\\:(?![6-9]\\d)(\\d{1,2}+)\\s++([+-]\\d\\d(?::?\\d\\d(?::\\d\\d)?)?)\\s*+\\z', 7), 2), ':', ''), 6, '0'), 1, 2) AS INT) * 3600 + try_cast(substr(rpad(regexp_replace(substr(regexp_extract(`data_envio`, '\\A\\s*+(\\d{1,4}+)\\-(\\d{1,2}+)\\-(\\d{1,2}+)\\s++(?!2[4-9]|[3-9]\\d)(\\d{1,2}+)\\:(?![6-9]\\d)(\\d{1,2}+)\\:(?![6-9]\\d)(\\d{1,2}+)\\s++([+-]\\d\\d(?::?\\d\\d(?::\\d\\d)?)?)\\s*+\\z', 7), 2), ':', ''), 6, '0'), 3, 2) AS INT) * 60 + try_cast(substr(rpad(regexp_replace(substr(regexp_extract(`data_envio`, '\\A\\s*+(\\d{1,4}+)\\-(\\d{1,2}+)\\-(\\d{1,2}+)\\s++(?!2[4-9]|[3-9]\\d)(\\d{1,2}+)\\:(?![6-9]\\d)(\\d{1,2}+)\\:(?![6-9]\\d)(\\d{1,2}+)\\s++([+-]\\d\\d(?::?\\d\\d(?::\\d\\d)?)?)\\s*+\\z', 7), 2), ':', ''), 6, '0'), 5, 2) AS INT)))), 'America/Sao_Paulo') AS DATE) END, CASE WHEN `data_envio` RLIKE '\\A\\s*+(\\d{1,2}+)\\/(\\d{1,2}+)\\/(\\d{1,4}+)\\s*+\\z' AND try_cast(concat(lpad(regexp_extract(`data_envio`, '\\A\\s*+(\\d{1,2}+)\\/(\\d{1,2}+)\\/(\\d{1,4}+)\\s*+\\z', 3), 4, '0'), '-', regexp_extract(`data_envio`, '\\A\\s*+(\\d{1,2}+)\\/(\\d{1,2}+)\\/(\\d{1,4}+)\\s*+\\z', 2), '-', regexp_extract(`data_envio`, '\\A\\s*+(\\d{1,2}+)\\/(\\d{1,2}+)\\/(\\d{1,4}+)\\s*+\\z', 1)) AS DATE) >= DATE '1000-01-01' THEN try_cast(concat(lpad(regexp_extract(`data_envio`, '\\A\\s*+(\\d{1,2}+)\\/(\\d{1,2}+)\\/(\\d{1,4}+)\\s*+\\z', 3), 4, '0'), '-', regexp_extract(`data_envio`, '\\A\\s*+(\\d{1,2}+)\\/(\\d{1,2}+)\\/(\\d{1,4}+)\\s*+\\z', 2), '-', regexp_extract(`data_envio`, '\\A\\s*+(\\d{1,2}+)\\/(\\d{1,2}+)\\/(\\d{1,4}+)\\s*+\\z', 1)) AS DATE) END) AS data_envio,
      `data_envio` AS data_envio_text,
      true AS kept
    FROM (
      SELECT `id_cliente` AS `id_cliente`,
        `email` AS `email`,
        `telefone` AS `telefone`,
        `assunto` AS `assunto`,
        `data_envio` AS `data_envio`,
        DATE '2024-05-28' AS data_carga,
        `__file` AS `__file`,
        `__row` AS `__row`
      FROM `source_com_fuso`
    )
  )
)
GROUP BY 1, 2;

-- canal C, its rows
SELECT id_cliente, 'C' AS canal, best.email AS email, best.telefone AS telefone,
  best.assunto AS assunto, best.data_envio AS data_envio, datediff(DATE '2024-05-28', best.data_envio) AS qtd_dias,
  date_add(best.data_envio, 365) AS saida_prevista, DATE '2024-05-28' AS data_carga
FROM groups
WHERE status = 'candidate';

