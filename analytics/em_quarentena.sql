-- title: Em quarentena por canal e dia
-- title.en: In quarantine by canal and day
-- description: Quantos clientes estavam em quarentena em cada canal, em cada dia carregado.
--   Quem está em dois canais conta nos dois.
-- description.en: How many clients were in quarantine in each canal, on each loaded day.
--   Who is in two canais counts in both.
-- param: de date latest-29 | Primeiro dia | First day
-- param: ate date latest | Último dia | Last day
-- chart: line x=data_carga y=clientes series=canal

SELECT data_carga, canal, count(*) AS clientes
FROM quarentena_global
WHERE data_carga BETWEEN :de AND :ate
GROUP BY data_carga, canal
ORDER BY data_carga, canal
