-- title: Pressão: quantos contatos no período
-- title.en: Pressure: how many contacts in the period
-- description: Quantos clientes tiveram um contato, dois, três... no período, e por quantos canais. Um contato é uma
--   data_envio de um canal que alguma carga do período publicou; 10 quer dizer 10 ou mais.
-- description.en: How many clients had one contact, two, three... in the period, and through how many canais. A contact
--   is a data_envio of a canal that some load of the period published; 10 means 10 or more.
-- param: de date latest-29 | Primeiro dia | First day
-- param: ate date latest | Último dia | Last day
-- chart: heat x=contatos y=clientes series=canais

WITH contatos AS (
  SELECT DISTINCT id_cliente, canal, data_envio
  FROM quarentena_global
  WHERE data_carga BETWEEN :de AND :ate AND data_envio BETWEEN :de AND :ate
),
por_canal AS (
  SELECT id_cliente, canal, count(*) AS contatos FROM contatos GROUP BY id_cliente, canal
),
por_cliente AS (
  SELECT id_cliente, count(*) AS canais, CAST(least(sum(contatos), 10) AS BIGINT) AS contatos
  FROM por_canal
  GROUP BY id_cliente
)
SELECT canais, contatos, count(*) AS clientes
FROM por_cliente
GROUP BY canais, contatos
ORDER BY canais, contatos
