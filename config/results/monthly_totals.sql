-- One row for each village where anything happened.
WITH happened AS (
    SELECT village, 'birth' AS kind, sex FROM registered_births
    UNION ALL
    SELECT village, 'death', sex FROM registered_deaths
    UNION ALL
    SELECT village, 'marriage', NULL FROM marriages
)
SELECT
    village,
    count(*) FILTER (kind = 'birth' AND sex = '1') AS boys_born,
    count(*) FILTER (kind = 'birth' AND sex = '2') AS girls_born,
    count(*) FILTER (kind = 'death' AND sex = '1') AS men_died,
    count(*) FILTER (kind = 'death' AND sex = '2') AS women_died,
    count(*) FILTER (kind = 'marriage') AS marriages
FROM happened
GROUP BY village
ORDER BY village
