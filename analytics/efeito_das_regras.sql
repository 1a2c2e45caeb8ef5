-- title: Efeito do prazo
-- title.en: Effect of the period
-- description: Que parte de quem está em quarentena em um dia ficaria se o prazo do canal fosse menor: com dias = 10,
--   quem foi contatado há 10 dias ou menos. Prazos maiores que o de hoje se testam com `quarentena simulate`.
-- description.en: What share of those in quarantine on a day would stay if the canal's period were shorter: at dias = 10,
--   those contacted 10 days ago or less. Longer periods than today's are tried with `quarentena simulate`.
-- param: dia date latest | Dia da carga | Day of the load
-- chart: line x=dias y=percentual series=canal

WITH por_idade AS (
  SELECT canal, qtd_dias, count(*) AS clientes
  FROM quarentena_global
  WHERE data_carga = :dia AND qtd_dias IS NOT NULL
  GROUP BY canal, qtd_dias
),
acumulado AS (
  SELECT canal, qtd_dias AS dias,
         CAST(sum(clientes) OVER (PARTITION BY canal ORDER BY qtd_dias) AS BIGINT) AS clientes,
         CAST(sum(clientes) OVER (PARTITION BY canal) AS BIGINT) AS total
  FROM por_idade
)
SELECT canal, dias, clientes,
       CAST(floor(CAST(clientes AS DOUBLE) * 1000 / total + 0.5) / 10 AS DECIMAL(9, 1)) AS percentual
FROM acumulado
ORDER BY canal, dias
