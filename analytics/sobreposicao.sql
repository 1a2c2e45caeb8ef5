-- title: Sobreposição entre canais
-- title.en: Overlap between canais
-- description: De quem está em quarentena em um canal, quantos também estão em outro, no mesmo dia.
--   A linha de um canal com ele mesmo é o total dele.
-- description.en: Of those in quarantine in one canal, how many are in another as well, on the same day.
--   The row of a canal with itself is its total.
-- param: dia date latest | Dia da carga | Day of the load
-- chart: heat x=outro_canal y=percentual series=canal

-- A canal is a bit (62 of them at most), so that the rows are grouped once and not joined to themselves.
WITH canais AS (
  SELECT canal, CAST(power(2, row_number() OVER (ORDER BY canal) - 1) AS BIGINT) AS bit
  FROM (SELECT DISTINCT canal FROM quarentena_global WHERE data_carga = :dia) AS do_dia
),
pessoas AS (
  SELECT q.id_cliente, CAST(sum(canais.bit) AS BIGINT) AS bits
  FROM quarentena_global AS q
  JOIN canais ON canais.canal = q.canal
  WHERE q.data_carga = :dia
  GROUP BY q.id_cliente
),
grupos AS (
  SELECT bits, count(*) AS clientes FROM pessoas GROUP BY bits
),
pares AS (
  SELECT a.canal, b.canal AS outro_canal, CAST(sum(grupos.clientes) AS BIGINT) AS clientes
  FROM grupos
  JOIN canais AS a ON grupos.bits % (2 * a.bit) >= a.bit
  JOIN canais AS b ON grupos.bits % (2 * b.bit) >= b.bit
  GROUP BY a.canal, b.canal
)
SELECT pares.canal, pares.outro_canal, pares.clientes,
       CAST(floor(CAST(pares.clientes AS DOUBLE) * 1000 / totais.clientes + 0.5) / 10 AS DECIMAL(9, 1)) AS percentual
FROM pares
JOIN pares AS totais ON totais.canal = pares.canal AND totais.outro_canal = pares.canal
ORDER BY pares.canal, pares.outro_canal
