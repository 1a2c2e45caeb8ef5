-- title: Entradas e saídas
-- title.en: Entries and exits
-- description: Quantos clientes entraram na quarentena de cada canal em cada dia, e quantos saíram, comparado
--   com o dia carregado antes (até 7 dias antes). Compara os 60 dias mais novos do período, não mais.
-- description.en: How many clients entered each canal's quarantine on each day, and how many left it, compared
--   with the loaded day before (up to 7 days before). Compares the 60 newest days of the period, no more.
-- param: de date latest-29 | Primeiro dia | First day
-- param: ate date latest | Último dia | Last day
-- chart: line x=data_carga y=clientes series=movimento

WITH novos AS (
  SELECT data_carga, row_number() OVER (ORDER BY data_carga DESC) AS idade
  FROM (SELECT DISTINCT data_carga FROM quarentena_global
        WHERE data_carga BETWEEN :de - 7 AND :ate) AS carregados
),
-- A day is a bit, so that one pass over the rows tells on which days each client was there.
numerados AS (
  SELECT data_carga, CAST(power(2, row_number() OVER (ORDER BY data_carga) - 1) AS BIGINT) AS bit
  FROM novos WHERE idade <= 60
),
dias AS (
  SELECT data_carga, bit, lag(bit) OVER (ORDER BY data_carga) AS bit_anterior FROM numerados
),
presencas AS (
  SELECT q.canal, q.id_cliente, CAST(sum(dias.bit) AS BIGINT) AS bits
  FROM quarentena_global AS q
  JOIN dias ON dias.data_carga = q.data_carga
  WHERE q.data_carga BETWEEN :de - 7 AND :ate
  GROUP BY q.canal, q.id_cliente
),
grupos AS (
  SELECT canal, bits, count(*) AS clientes FROM presencas GROUP BY canal, bits
),
movimentos AS (
  SELECT dias.data_carga, grupos.canal, grupos.clientes,
         CASE WHEN bits % (2 * bit) >= bit THEN 1 ELSE 0 END AS esta,
         CASE WHEN bits % bit >= bit_anterior THEN 1 ELSE 0 END AS estava
  FROM dias CROSS JOIN grupos
  WHERE bit_anterior IS NOT NULL AND data_carga >= :de
)
SELECT data_carga, canal, CASE WHEN esta = 1 THEN 'entraram' ELSE 'saíram' END AS movimento,
       CAST(sum(clientes) AS BIGINT) AS clientes
FROM movimentos
WHERE esta <> estava
GROUP BY data_carga, canal, esta
ORDER BY data_carga, canal, movimento
