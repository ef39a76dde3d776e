-- table
SELECT `field_id`, `region`, `depth`, `tag`, `facts` FROM `lab`.`field`

-- equality
SELECT `field_id`, `region`, `depth`, `tag`, `facts` FROM `lab`.`field` WHERE (`field_id` = 1 AND `region` = 'o''disk')

-- null
SELECT `field_id`, `region`, `depth`, `tag`, `facts` FROM `lab`.`field` WHERE `depth` IS NULL

-- complement
SELECT `field_id`, `region`, `depth`, `tag`, `facts` FROM `lab`.`field` WHERE ((`field_id` = 1 AND `region` = 'halo')) IS NOT TRUE

-- fragment
SELECT `field_id`, `region`, `depth`, `tag`, `facts` FROM `lab`.`field` WHERE ((`depth` > 2) AND (`region` LIKE 'h%'))

-- keys
SELECT `field_id`, `region`, `depth`, `tag`, `facts` FROM `lab`.`field` WHERE `field_id` IN (1, 2)

-- text keys
SELECT `observer`, `full_name` FROM `lab`.`observer` WHERE `observer` IN ('ann', 'ben')

-- composite keys
SELECT `field_id`, `exposure`, `observer`, `seconds` FROM `lab`.`exposure` WHERE (`field_id`, `exposure`) IN ((1, 1), (2, 1))

-- semijoin
SELECT `field_id`, `region`, `depth`, `tag`, `facts` FROM `lab`.`field` WHERE `field_id` IN (SELECT `field_id` FROM `lab`.`exposure`)

-- antijoin
SELECT `field_id`, `region`, `depth`, `tag`, `facts` FROM `lab`.`field` WHERE `field_id` NOT IN (SELECT `field_id` FROM `lab`.`exposure`)

-- antijoin with NULL
SELECT `observer`, `full_name` FROM `lab`.`observer` WHERE (`observer` IN (SELECT `observer` FROM `lab`.`exposure`)) IS NOT TRUE

-- nothing in common
SELECT `field_id`, `region`, `depth`, `tag`, `facts` FROM `lab`.`field` WHERE EXISTS (SELECT `observer`, `full_name` FROM `lab`.`observer`)

-- limited semijoin
SELECT `field_id`, `region`, `depth`, `tag`, `facts` FROM `lab`.`field` WHERE `field_id` IN (SELECT `field_id` FROM (SELECT `field_id`, `exposure`, `observer`, `seconds` FROM `lab`.`exposure` ORDER BY `field_id`, `exposure` LIMIT 1) AS s1)

-- rename
SELECT `fid` FROM (SELECT `field_id` AS `fid` FROM `lab`.`field`) AS s1 WHERE `fid` = 2

-- computed
SELECT `field_id`, `a` FROM (SELECT `field_id`, `depth` + 1 AS `a` FROM `lab`.`field`) AS s1 WHERE (`a` > 2)

-- unrelated restriction of computed
SELECT `field_id`, `region`, `depth`, `tag`, `facts`, `depth` + 1 AS `a` FROM `lab`.`field` WHERE `region` = 'halo'

-- join
SELECT `field_id`, `exposure`, `observer`, `seconds`, `region`, `depth`, `tag`, `facts` FROM `lab`.`field` JOIN `lab`.`exposure` USING (`field_id`) WHERE (`seconds` > 6)

-- join of restricted
SELECT `field_id`, `exposure`, `observer`, `seconds`, `region`, `depth`, `tag`, `facts` FROM `lab`.`field` JOIN `lab`.`exposure` USING (`field_id`) WHERE (`depth` > 1) AND (`seconds` > 6)

-- join of three
SELECT `field_id`, `exposure`, `observer`, `seconds`, `region`, `depth`, `tag`, `facts`, `full_name` FROM `lab`.`field` JOIN `lab`.`exposure` USING (`field_id`) JOIN `lab`.`observer` USING (`observer`)

-- product
SELECT `field_id`, `observer`, `region`, `depth`, `tag`, `facts`, `full_name` FROM `lab`.`field` JOIN `lab`.`observer` ON TRUE

-- left join
SELECT `field_id`, `exposure`, `observer`, `seconds`, `full_name` FROM `lab`.`exposure` LEFT JOIN `lab`.`observer` USING (`observer`)

-- left join of restricted
SELECT `field_id`, `exposure`, `observer`, `seconds`, `full_name` FROM `lab`.`exposure` LEFT JOIN (SELECT `observer`, `full_name` FROM `lab`.`observer` WHERE (`full_name` LIKE 'A%')) AS s1 USING (`observer`)

-- join of limited
SELECT `field_id`, `exposure`, `observer`, `seconds`, `region`, `depth`, `tag`, `facts` FROM (SELECT `field_id`, `region`, `depth`, `tag`, `facts` FROM `lab`.`field` ORDER BY `field_id` LIMIT 1) AS s1 JOIN `lab`.`exposure` USING (`field_id`)

-- hidden clash
SELECT `field_id`, `exposure`, `depth` FROM (SELECT `field_id` FROM `lab`.`field`) AS s2 JOIN (SELECT `field_id`, `exposure`, `seconds` AS `depth` FROM `lab`.`exposure`) AS s1 USING (`field_id`)

-- aggregation
SELECT `field_id`, `region`, COUNT(`exposure`) AS `n`, max(`seconds`) / `depth` AS `r` FROM `lab`.`field` LEFT JOIN `lab`.`exposure` USING (`field_id`) GROUP BY `field_id`, `region`, `depth`

-- aggregation of restricted
SELECT `field_id`, COUNT(`exposure`) AS `n` FROM `lab`.`field` LEFT JOIN (SELECT `field_id`, `exposure`, `observer`, `seconds` FROM `lab`.`exposure` WHERE (`seconds` > 10)) AS s1 USING (`field_id`) GROUP BY `field_id`

-- restricted aggregation
SELECT `field_id`, `n` FROM (SELECT `field_id`, COUNT(*) AS `n` FROM `lab`.`field` LEFT JOIN `lab`.`exposure` USING (`field_id`) GROUP BY `field_id`) AS s1 WHERE (`n` > 1)

-- grand total
SELECT sum(`depth`) AS `s` FROM `lab`.`field`

-- key of grand total
SELECT 1 AS `_one` FROM (SELECT sum(`depth`) AS `s` FROM `lab`.`field`) AS s1

-- groups
SELECT `region`, COUNT(*) AS `n` FROM `lab`.`field` GROUP BY `region`

-- distinct
SELECT DISTINCT `region` FROM `lab`.`field`

-- union
SELECT `field_id`, `region`, `tag` FROM (SELECT `field_id`, `region`, `tag` FROM (SELECT `field_id`, `region` FROM `lab`.`field` WHERE (`field_id` < 3)) AS s2 LEFT JOIN (SELECT `field_id`, `tag` FROM `lab`.`field` WHERE (`field_id` > 1)) AS s1 USING (`field_id`) UNION ALL SELECT `field_id`, NULL AS `region`, `tag` FROM `lab`.`field` WHERE (`field_id` > 1) AND `field_id` NOT IN (SELECT `field_id` FROM `lab`.`field` WHERE (`field_id` < 3))) AS s3

-- top
SELECT `field_id`, `region`, `depth`, `tag`, `facts` FROM `lab`.`field` ORDER BY `depth` DESC LIMIT 2 OFFSET 1

-- top of top
SELECT `field_id`, `region`, `depth`, `tag`, `facts` FROM (SELECT `field_id`, `region`, `depth`, `tag`, `facts` FROM `lab`.`field` ORDER BY `depth` DESC LIMIT 3) AS s1 ORDER BY `field_id` LIMIT 2

-- columns of top
SELECT `field_id`, `region` FROM `lab`.`field` ORDER BY `depth` DESC LIMIT 2

-- json path
SELECT `field_id`, `region`, `depth`, `tag`, `facts` FROM `lab`.`field` WHERE ((JSON_TYPE(JSON_EXTRACT(`facts`, '$."k"[0]."n"')) IN ('INTEGER', 'DOUBLE', 'DECIMAL', 'UNSIGNED INTEGER') AND NULLIF(JSON_UNQUOTE(JSON_EXTRACT(`facts`, '$."k"[0]."n"')), 'null') + 0 = 3) AND NULLIF(JSON_UNQUOTE(JSON_EXTRACT(`facts`, '$."s"')), 'null') = 'x' AND (JSON_TYPE(JSON_EXTRACT(`facts`, '$."ok"')) = 'BOOLEAN' AND NULLIF(JSON_UNQUOTE(JSON_EXTRACT(`facts`, '$."ok"')), 'null') = 'true') AND (NULLIF(JSON_UNQUOTE(JSON_EXTRACT(`facts`, '$."z"')), 'null')) IS NULL)

-- json document
SELECT `field_id`, `region`, `depth`, `tag`, `facts` FROM `lab`.`field` WHERE JSON_EXTRACT(`facts`, '$."v"') = CAST('[1, 2]' AS JSON)
