-- Cremations of this month and the month before whose id number is in neither month's cancelled deaths.
WITH cremated AS (
    SELECT * FROM cremations
    UNION ALL
    SELECT * FROM cremations_previous
),
cancelled AS (
    SELECT id_number FROM registered_deaths
    UNION ALL
    SELECT id_number FROM registered_deaths_previous
)
SELECT DISTINCT
    cremated.id_number,
    cremated.name,
    cremated.sex,
    cremated.died_on,
    cremated.cremated_on,
    cremated.village
FROM cremated
WHERE NOT EXISTS (SELECT 1 FROM cancelled WHERE cancelled.id_number = cremated.id_number)
ORDER BY cremated.village, cremated.died_on, cremated.id_number
