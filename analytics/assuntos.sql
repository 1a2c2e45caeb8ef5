-- title: Assuntos que mais põem em quarentena
-- title.en: Subjects that quarantine most
-- description: Os assuntos com mais clientes em quarentena em um dia, por canal. Assuntos com menos clientes
--   que o mínimo ficam de fora: um assunto raro pode dizer quem é a pessoa.
-- description.en: The subjects with the most clients in quarantine on a day, by canal. Subjects of fewer
--   clients than the minimum are left out: a rare subject may tell who the person is.
-- param: dia date latest | Dia da carga | Day of the load
-- param: canal text "" | Só deste canal; vazio: todos | Of this canal alone; empty: all
-- param: minimo integer 5 | Menos clientes que isto não aparecem | Fewer clients than this are not shown
-- param: limite integer 20 | Quantos assuntos | How many subjects
-- chart: bar x=assunto y=clientes series=canal

SELECT coalesce(assunto, '(sem assunto)') AS assunto, canal, count(*) AS clientes
FROM quarentena_global
WHERE data_carga = :dia AND (:canal = '' OR canal = :canal)
GROUP BY coalesce(assunto, '(sem assunto)'), canal
HAVING count(*) >= :minimo
ORDER BY clientes DESC, assunto, canal
LIMIT :limite
