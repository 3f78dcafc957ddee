-- Every registered birth, and whether the hospital reported it this month or the month before.
SELECT
    registered.certificate,
    registered.sex,
    registered.birth_date,
    registered.registered_on,
    registered.village,
    registered.certificate IS NOT NULL AND registered.certificate IN (
        SELECT certificate FROM hospital_births
        UNION ALL
        SELECT certificate FROM hospital_births_previous
    ) AS born_in_hospital
FROM registered_births AS registered
ORDER BY registered.village, registered.birth_date, registered.certificate
