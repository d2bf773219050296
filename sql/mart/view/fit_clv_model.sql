-- fit_clv_model: fits the models behind the predictions of customer_value.
--
-- Purchases and refunds are told apart by their sign, as in value_summary, so
-- a row whose sign is not that of its kind is left out; a table has none.
CREATE PROCEDURE fit_clv_model()
    LANGUAGE sql
BEGIN ATOMIC
    INSERT INTO clv_model (fitted_at, as_of, customers, repeat_customers,
        purchases_model, purchases_log_likelihood, purchases_converged,
        value_model, value_log_likelihood, value_converged)
    SELECT clock_timestamp(), c.as_of, f.customers, f.repeat_customers,
        f.purchases_model, log_likelihood(f.purchases_model)::numeric(20,6), converged(f.purchases_model),
        f.value_model, log_likelihood(f.value_model)::numeric(20,6), converged(f.value_model)
    FROM config c
    CROSS JOIN LATERAL fit_clv((
        SELECT value_summary(s.customer_id::text, s.sold_at, s.amount::numeric(19,4))
        FROM sale s
        WHERE (s.sold_at > '-infinity' AND s.sold_at <= c.as_of
            AND (s.amount < 0) = (s.kind = 'refund') AND s.amount < 'NaN') IS TRUE),
        (c.as_of AT TIME ZONE c.zone)::date, c.zone) f;
END;
COMMENT ON PROCEDURE fit_clv_model()
    IS 'fits the models of the sales up to as_of, and adds them to clv_model, of which customer_value takes the latest';
