-- to_base: money in the base currency, at the rate of its day.
--
-- Mapped entities may use it, so it stands below the views and stays when they
-- are renewed.
CREATE FUNCTION to_base(amount numeric, currency text, day date) RETURNS numeric
    LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT CASE
        WHEN amount IS NULL THEN NULL
        WHEN to_base.currency = coalesce((SELECT s.value FROM setting s WHERE s.name = 'base_currency'), 'USD') THEN amount
        ELSE amount * coalesce(
            (SELECT f.rate_to_base FROM fx_rate f
             WHERE f.currency = to_base.currency AND f.day <= to_base.day
             ORDER BY f.day DESC LIMIT 1),
            missing_rate(to_base.currency, to_base.day))
        END;
END;
COMMENT ON FUNCTION to_base(numeric, text, date)
    IS 'amount in the base currency, at the last rate of the currency on or before the day; a missing rate is an error';
