-- title: Pressão: em quantos canais ao mesmo tempo
-- title.en: Pressure: in how many canais at once
-- description: Quantos clientes estão em quarentena em um canal, em dois, em três... no mesmo dia.
-- description.en: How many clients are in quarantine in one canal, in two, in three... on the same day.
-- param: dia date latest | Dia da carga | Day of the load
-- chart: bar x=canais y=clientes

SELECT canais, count(*) AS clientes
FROM (SELECT id_cliente, count(*) AS canais
      FROM quarentena_global
      WHERE data_carga = :dia
      GROUP BY id_cliente) AS por_cliente
GROUP BY canais
ORDER BY canais
