-- Hospital births of this month and the month before whose certificate is in neither month's register.
WITH born AS (
    SELECT * FROM hospital_births
    UNION ALL
    SELECT * FROM hospital_births_previous
),
registered AS (
    SELECT certificate FROM registered_births
    UNION ALL
    SELECT certificate FROM registered_births_previous
)
SELECT DISTINCT
    born.certificate,
    born.sex,
    born.birth_date,
    born.mother_id_number,
    born.mother_name,
    born.hospital,
    born.village
FROM born
WHERE NOT EXISTS (SELECT 1 FROM registered WHERE registered.certificate = born.certificate)
ORDER BY born.village, born.birth_date, born.certificate
