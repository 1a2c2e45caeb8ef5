-- title: Saúde das fontes
-- title.en: Health of the sources
-- description: O que veio de cada fonte em cada dia e o que foi decidido. gravidade: 0 aceita, 1 último estado
--   mantido, 2 não contou, 3 carga retida ou com falha.
-- description.en: What came of each source on each day, and what was decided. gravidade: 0 accepted, 1 the last state
--   carried forward, 2 counted for nobody, 3 load held or failed.
-- param: de date latest-29 | Primeiro dia | First day
-- param: ate date today | Último dia | Last day
-- chart: heat x=data_carga y=gravidade series=source

SELECT data_carga, source, canal, status, decision,
       CASE decision WHEN 'accepted' THEN 0 WHEN 'carried' THEN 1 WHEN 'skipped' THEN 2 ELSE 3 END AS gravidade,
       in_force_since, rows_read, rows_rejected, rows_quarantined
FROM fontes
WHERE data_carga BETWEEN :de AND :ate
ORDER BY data_carga, source
