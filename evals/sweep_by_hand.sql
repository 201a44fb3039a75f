-- The eight thresholds of evals/sweep_topics.py as somebody writes them by hand for DuckDB, who knows it well.
WITH readings AS (
    SELECT account, meter, "at", value, (epoch_us("at")::HUGEINT << 64) + round(value * 1000000)::BIGINT AS stamp
    FROM read_parquet('{folder}/readings.parquet')
    WHERE value >= 0 AND value < 1e12 AND "at" <= TIMESTAMP '2026-11-21 09:00:00'
), latest AS (
    SELECT account,
        (max(stamp) FILTER (WHERE meter = 'storage' AND "at" >= TIMESTAMP '2026-11-19 09:00:00')) & 18446744073709551615 AS storage,
        (max(stamp) FILTER (WHERE meter = 'seats' AND "at" >= TIMESTAMP '2026-11-19 21:00:00')) & 18446744073709551615 AS seats,
        (max(stamp) FILTER (WHERE meter = 'active-users' AND "at" >= TIMESTAMP '2026-11-19 21:00:00')) & 18446744073709551615 AS active,
        (max(stamp) FILTER (WHERE meter = 'reports' AND "at" >= TIMESTAMP '2026-11-19 21:00:00')) & 18446744073709551615 AS reports,
        (max(stamp) FILTER (WHERE meter = 'dashboards' AND "at" >= TIMESTAMP '2026-11-19 21:00:00')) & 18446744073709551615 AS dashboards,
        (max(stamp) FILTER (WHERE meter = 'dashboards' AND "at" <= TIMESTAMP '2026-10-22 09:00:00')) & 18446744073709551615 AS dashboards_before,
        max(stamp) FILTER (WHERE meter = 'runs' AND "at" >= TIMESTAMP '2026-11-19 21:00:00') AS runs_stamp
    FROM readings WHERE meter IN ('storage', 'seats', 'active-users', 'reports', 'dashboards', 'runs') GROUP BY account
), zones AS (
    SELECT account, value AS zone FROM read_parquet('{folder}/traits.parquet') WHERE name = 'time-zone'
), days AS (
    SELECT r.account, timezone(coalesce(zone, 'UTC'), timezone('UTC', "at"))::DATE AS day,
        timezone(coalesce(any_value(zone), 'UTC'), timezone('UTC', TIMESTAMP '2026-11-21 09:00:00'))::DATE AS today,
        max(stamp) AS stamp
    FROM readings AS r LEFT JOIN zones USING (account)
    WHERE meter = 'api-calls' AND "at" >= TIMESTAMP '2026-11-13 00:00:00' GROUP BY r.account, day, zone
), messages AS (
    SELECT account,
        CASE WHEN min("at") <= TIMESTAMP '2026-11-14 09:00:00' AND max("at") >= TIMESTAMP '2026-11-19 21:00:00'
             THEN sum(CASE WHEN "at" >= TIMESTAMP '2026-11-14 09:00:00' THEN CASE WHEN value >= before THEN value - before ELSE value END END)
        END AS used
    FROM (SELECT account, "at", value, lag(value) OVER (PARTITION BY account ORDER BY "at", value) AS before
          FROM readings WHERE meter = 'messages')
    GROUP BY account
), plans (plan, storage, seats, calls, runs) AS (
    VALUES ('free', 1, 6, NULL, 500), ('starter', 10, 10, 50000, 5000), ('team', 100, 25, 100000, 25000), ('business', 1000, 100, 500000, 0)
), own AS (
    SELECT account,
        max(CASE WHEN kind = 'figure' THEN value ELSE 0 END) FILTER (WHERE meter = 'storage') AS storage,
        max(CASE WHEN kind = 'figure' THEN value ELSE 0 END) FILTER (WHERE meter = 'seats') AS seats,
        max(CASE WHEN kind = 'figure' THEN value ELSE 0 END) FILTER (WHERE meter = 'api-calls') AS calls,
        max(CASE WHEN kind = 'figure' THEN value ELSE 0 END) FILTER (WHERE meter = 'runs') AS runs
    FROM read_parquet('{folder}/limits.parquet') GROUP BY account
), limits AS (
    SELECT a.account, coalesce(own.storage, plans.storage)::HUGEINT * 1000000 AS storage, coalesce(own.seats, plans.seats)::HUGEINT * 1000000 AS seats,
        coalesce(own.calls, plans.calls)::HUGEINT * 1000000 AS calls, coalesce(own.runs, plans.runs)::HUGEINT * 1000000 AS runs
    FROM read_parquet('{folder}/accounts.parquet') AS a LEFT JOIN plans USING (plan) LEFT JOIN own USING (account)
), calls AS (
    SELECT account, count(*) FILTER (WHERE (stamp & 18446744073709551615) * 5 >= calls * 4) AS held,
        count(*) FILTER (WHERE (stamp & 18446744073709551615) * 5 < calls * 4) AS failed,
        max(stamp) >> 64 >= epoch_us(TIMESTAMP '2026-11-19 21:00:00') AS is_fresh
    FROM days JOIN limits USING (account) WHERE day > today - 7 GROUP BY account
), paced AS (
    SELECT account, runs_stamp & 18446744073709551615 AS used,
        greatest((runs_stamp >> 64) - epoch_us(TIMESTAMP '2026-11-01'), 1) AS gone, 30 * 86400000000::HUGEINT AS whole
    FROM latest WHERE runs_stamp IS NOT NULL
), judged AS (
    SELECT l.account,
        CASE WHEN l.storage = 0 THEN 0 WHEN l.storage IS NOT NULL THEN (t.storage * 5 >= l.storage * 4)::INTEGER END AS r0,
        CASE WHEN l.seats = 0 THEN 0 WHEN l.seats IS NOT NULL THEN (t.seats >= l.seats - 2000000)::INTEGER END AS r1,
        CASE WHEN l.calls = 0 THEN 0 WHEN c.is_fresh THEN CASE WHEN c.held >= 3 THEN 1 WHEN 7 - c.failed < 3 THEN 0 END END AS r2,
        (m.used > 5000)::INTEGER AS r3,
        CASE WHEN t.dashboards_before > 0 THEN ((t.dashboards - t.dashboards_before) * 2 >= t.dashboards_before)::INTEGER END AS r4,
        CASE WHEN l.runs = 0 THEN 0 WHEN l.runs IS NOT NULL AND p.used IS NOT NULL THEN
            CASE WHEN p.used >= l.runs THEN 1 WHEN p.gone * 4 < p.whole THEN 0 ELSE (p.used * p.whole >= l.runs * p.gone)::INTEGER END END AS r5,
        CASE WHEN t.seats > 0 THEN (t.active * 5 >= t.seats * 4)::INTEGER END AS r6,
        (t.reports >= 8000000)::INTEGER AS r7
    FROM limits AS l LEFT JOIN latest AS t USING (account) LEFT JOIN calls AS c USING (account)
    LEFT JOIN messages AS m USING (account) LEFT JOIN paced AS p USING (account)
)
FROM judged WHERE r0 = 1 OR r1 = 1 OR r2 = 1 OR r3 = 1 OR r4 = 1 OR r5 = 1 OR r6 = 1 OR r7 = 1 ORDER BY account
