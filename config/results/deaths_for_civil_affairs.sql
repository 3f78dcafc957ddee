SELECT id_number, name, sex, birth_date, died_on, village
FROM registered_deaths
ORDER BY village, died_on, id_number
