-- title: Próximas saídas
-- title.en: Next releases
-- description: Quantos clientes ficam livres em cada um dos próximos dias, por canal, se nada mais chegar:
--   livre_em é o dia depois de saida_prevista. Quem não tem prazo (até ser removido) não aparece.
-- description.en: How many clients are released on each of the next days, by canal, if nothing else comes:
--   livre_em is the day after saida_prevista. Who has no period (until removed) is not in it.
-- param: dia date latest | Dia da carga | Day of the load
-- param: dias integer 30 | Quantos dias à frente | How many days ahead
-- chart: stacked x=livre_em y=clientes series=canal

SELECT saida_prevista + 1 AS livre_em, canal, count(*) AS clientes
FROM quarentena_global
WHERE data_carga = :dia AND saida_prevista BETWEEN :dia AND :dia + (:dias - 1)
GROUP BY saida_prevista, canal
ORDER BY saida_prevista, canal
