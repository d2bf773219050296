
-- ---------------------------------------------------------------------------
-- What fit_clv_model() of a mart calls
-- ---------------------------------------------------------------------------

-- Both models of the customers in a summary, in weeks.
CREATE FUNCTION crmkpi.fit_clv(sales crmkpi.value_summary, to_day date, zone text,
    OUT purchases_model crmkpi.bgnbd_model, OUT value_model crmkpi.gamma_gamma_model,
    OUT customers bigint, OUT repeat_customers bigint)
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    valued_customers bigint;
    bought crmkpi.bgnbd_summary;
    worth crmkpi.gamma_gamma_summary;
BEGIN
    -- refunds may leave nothing of the repeat purchases: the second model knows only values above 0
    SELECT count(*), count(*) FILTER (WHERE h.frequency > 0), count(*) FILTER (WHERE h.mean_value > 0),
        crmkpi.bgnbd_summary(h.frequency, h.recency, h.age),
        crmkpi.gamma_gamma_summary(h.frequency, h.mean_value) FILTER (WHERE h.mean_value > 0)
    INTO customers, repeat_customers, valued_customers, bought, worth
    FROM crmkpi.customer_history(sales, to_day, zone, 'week') h;

    IF valued_customers < 2 THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('too few repeat customers to fit a model: %s', valued_customers),
            DETAIL = format('Of %s customers with a purchase by %s, %s bought on more than one day, and %s of them '
                'for more than was refunded. At least two are needed, hundreds are better.',
                customers, to_day, repeat_customers, valued_customers),
            HINT = 'Load more sales, or look at a later moment (as_of).';
    END IF;
    RAISE NOTICE '% customers bought by %, % of them on more than one day', customers, to_day, repeat_customers;
    purchases_model := crmkpi.bgnbd_fit(bought);
    RAISE NOTICE 'model of purchases: %', purchases_model;
    value_model := crmkpi.gamma_gamma_fit(worth);
    RAISE NOTICE 'model of their value: %', value_model;
END;
$$;
COMMENT ON FUNCTION crmkpi.fit_clv(crmkpi.value_summary, date, text)
    IS 'fits the models of purchases and of their value, in weeks, to the customers in a summary, up to a day of a zone';
