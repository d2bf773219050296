-- clv_model: one row is one pair of models of how customers buy, made by fit_clv_model().
CREATE TABLE clv_model (
    fitted_at                timestamptz PRIMARY KEY,
    as_of                    timestamptz NOT NULL,
    customers                bigint NOT NULL,
    repeat_customers         bigint NOT NULL,
    purchases_model          bgnbd_model NOT NULL,
    purchases_log_likelihood numeric(20,6) NOT NULL,
    purchases_converged      boolean NOT NULL,
    value_model              gamma_gamma_model NOT NULL,
    value_log_likelihood     numeric(20,6) NOT NULL,
    value_converged          boolean NOT NULL
);

COMMENT ON TABLE clv_model IS 'One row is one pair of models of how customers buy, made by fit_clv_model(); customer_value predicts with the latest.';
COMMENT ON COLUMN clv_model.fitted_at IS 'When the models were fitted; the latest row is used.';
COMMENT ON COLUMN clv_model.as_of IS 'Moment up to which sales were looked at.';
COMMENT ON COLUMN clv_model.customers IS 'Customers with a purchase by then.';
COMMENT ON COLUMN clv_model.repeat_customers IS 'Those of them who bought on more than one day.';
COMMENT ON COLUMN clv_model.purchases_model IS 'BG/NBD model of the purchases, times in weeks; r(), alpha(), a() and b() give its parameters.';
COMMENT ON COLUMN clv_model.purchases_log_likelihood IS 'Natural logarithm of its likelihood.';
COMMENT ON COLUMN clv_model.purchases_converged IS 'Whether it is a maximum of the likelihood; if not, its predictions are to be used with care.';
COMMENT ON COLUMN clv_model.value_model IS 'Gamma-Gamma model of the value of purchases, in the base currency; p(), q() and v() give its parameters.';
COMMENT ON COLUMN clv_model.value_log_likelihood IS 'Natural logarithm of its likelihood.';
COMMENT ON COLUMN clv_model.value_converged IS 'Whether it is a maximum of the likelihood.';
