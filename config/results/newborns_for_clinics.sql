SELECT village, sex, birth_date
FROM registered_births
ORDER BY village, birth_date, sex
