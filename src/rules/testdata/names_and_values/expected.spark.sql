-- canal Poço d'água
SELECT status, CASE WHEN status = 'candidate' THEN id_cliente END AS id_cliente,
  min(named_struct('days_left', coalesce(-unix_date(data_envio), 2147483647), 'no_email', email IS NULL, 'email', email, 'no_telefone', telefone IS NULL, 'telefone', telefone, 'no_assunto', assunto IS NULL, 'assunto', assunto, 'source', source, 'data_envio', data_envio)) AS best,
  count(*) AS rows_0,
  collect_list(named_struct('source', source, 'file', file, 'row', row, 'column', CASE WHEN id_cliente IS NULL THEN 'id_cliente' ELSE 'data_envio' END, 'value', CASE WHEN id_cliente IS NOT NULL THEN data_envio_text END, 'reason', CASE WHEN id_cliente IS NULL THEN 'no id_cliente' WHEN data_envio_text IS NULL THEN 'no data_envio' ELSE 'not a date in the configured format' END)) FILTER (WHERE status = 'rejected') AS rejects
FROM (
  SELECT 0 AS source, file, row, id_cliente, email, telefone, assunto, data_envio,
    data_envio_text, CASE WHEN NOT kept THEN 'filtered' WHEN id_cliente IS NULL THEN 'rejected' WHEN data_envio IS NULL THEN 'rejected' WHEN data_envio > DATE '2024-05-28' THEN 'future' WHEN data_envio < DATE '2024-04-28' THEN 'expired' ELSE 'candidate' END AS status
  FROM (
    SELECT `__file` AS file, `__row` AS row,
      `o "id" do cliente` AS id_cliente,
      `select` AS email,
      '5\'5' AS telefone,
      'a "b"; DROP' AS assunto,
      CASE WHEN '2024-05-20' RLIKE '\\A(?:\\d{4}-\\d\\d-\\d\\d)\\z' THEN CASE WHEN '2024-05-20' NOT LIKE '0000%' THEN try_cast(left('2024-05-20', 10) AS DATE) END WHEN '2024-05-20' RLIKE '\\A(?:\\d{4}-\\d\\d-\\d\\d[T ]([01]\\d|2[0-3]):[0-5]\\d(:[0-5]\\d(\\.\\d+)?)?)\\z' THEN CASE WHEN '2024-05-20' NOT LIKE '0000%' THEN try_cast(left('2024-05-20', 10) AS DATE) END WHEN '2024-05-20' RLIKE '\\A(?:\\d{4}-\\d\\d-\\d\\d[T ]([01]\\d|2[0-3]):[0-5]\\d(:[0-5]\\d(\\.\\d+)?)? ?(Z|[+-](0\\d|1[0-5])(:?[0-5]\\d)?))\\z' AND CASE WHEN '2024-05-20' NOT LIKE '0000%' THEN try_cast(left('2024-05-20', 10) AS DATE) END IS NOT NULL THEN CAST(from_utc_timestamp(timestamp_seconds(unix_date(try_cast(left('2024-05-20', 10) AS DATE)) * 86400L + try_cast(substr('2024-05-20', 12, 2) AS INT) * 3600 + try_cast(substr('2024-05-20', 15, 2) AS INT) * 60 + CASE WHEN substr('2024-05-20', 17, 1) = ':' THEN try_cast(substr('2024-05-20', 18, 2) AS INT) ELSE 0 END - CASE WHEN rpad(translate(regexp_extract('2024-05-20', '(Z|[+-][0-9:]+)$', 1), 'Z:', '+'), 5, '0') LIKE '-%' THEN -60 ELSE 60 END * (try_cast(substr(rpad(translate(regexp_extract('2024-05-20', '(Z|[+-][0-9:]+)$', 1), 'Z:', '+'), 5, '0'), 2, 2) AS INT) * 60 + try_cast(substr(rpad(translate(regexp_extract('2024-05-20', '(Z|[+-][0-9:]+)$', 1), 'Z:', '+'), 5, '0'), 4, 2) AS INT))), 'America/Sao_Paulo') AS DATE) END AS data_envio,
      '2024-05-20' AS data_envio_text,
      coalesce((`select` LIKE '%@%' OR `o "id" do cliente` <> ''), false) AS kept
    FROM (
      SELECT `o "id" do cliente` AS `o "id" do cliente`,
        `select` AS `select`,
        DATE '2024-05-28' AS data_carga,
        `__file` AS `__file`,
        `__row` AS `__row`
      FROM `source_poco`
    )
  )
)
GROUP BY 1, 2;

-- canal Poço d'água, its rows
SELECT id_cliente, 'Poço d\'água' AS canal, best.email AS email, best.telefone AS telefone,
  best.assunto AS assunto, best.data_envio AS data_envio, datediff(DATE '2024-05-28', best.data_envio) AS qtd_dias,
  date_add(best.data_envio, 30) AS saida_prevista, DATE '2024-05-28' AS data_carga
FROM groups
WHERE status = 'candidate';

