# crmkpi: KPIs of customer relationship management in PostgreSQL
#
#   make demo [DATA=dir]   sees it at work, on a private server
#   make test              builds, installs and runs every test
#   make bench [ROWS=n] [BLOCKS=regexp]   compares it with plain SQL
#   make && make install   as any extension; PG_CONFIG names the server
#   make demo-stop clean   leave nothing behind

EXTENSION  = crmkpi
EXTVERSION = $(shell sed -n "s/^default_version *= *'\(.*\)'.*/\1/p" crmkpi.control)
SCRIPT     = sql/$(EXTENSION)--$(EXTVERSION).sql

# A family is src/NAME.c, sql/engine/NAME.sql, test/pgtap/NAME.sql and doc/NAME.md.
FAMILIES   = business_time rate nps duration period backlog visits survival freshness window_funnel funnel cohort \
             response value bgnbd gamma_gamma scorecard auc series attribution
OBJECTS    = crmkpi summary scalar business_hours business_calendar rate_kpi duration_sketch backlog_counts \
             zone visits_history visits_times funnel_rule window_funnel_search retention keyed_list keyed \
             funnel_search funnel_steps funnel_counts cohort_periods cohort_counts response_counts \
             value_history value_money gamma_math maximise customer_list model bgnbd_likelihood bgnbd_future \
             scorecard_counts scorecard_stored scorecard_points series_ets series_forecast \
             attribution_channels attribution_models attribution_markov $(FAMILIES)
# The views of a mart, in the order in which they are made.
VIEWS      = config ticket_history ticket_sla ticket_facts daily_ticket backlog_history \
             daily_survey daily_check lead_facts daily_lead daily_lead_response \
             daily_activity daily_opportunity_closed period_nps service_period crm_period \
             service_dashboard_by_grain service_dashboard \
             crm_dashboard_by_grain crm_dashboard agent_performance ticket_queue \
             lead_response_curve_by_month lead_response_curve relationship_freshness \
             daily_lead_funnel sales_funnel daily_email email_funnel actions_per_engagement cohort_retention \
             customer_month retention_period retention_dashboard_by_grain retention_dashboard \
             fit_clv_model customer_value cost_per_stage retention_year roi_kpi roi_dashboard \
             opportunity_facts stage_visit stage_duration stage_probability daily_opportunity_created pipeline_history \
             opportunity_period opportunity_dashboard_by_grain opportunity_dashboard human_touch open_opportunity \
             hot_leads opportunity_feature opportunity_score score_calibration \
             daily_kpi kpi_catalog target_progress

MODULE_big = $(EXTENSION)
OBJS       = $(OBJECTS:%=src/%.o)
# On the command line DATA is the demo's; to PGXS it is the update scripts.
ifeq ($(origin DATA),command line)
DEMO_DATA := $(DATA)
endif
override DATA = $(wildcard sql/$(EXTENSION)--*--*.sql)
DATA_built = $(SCRIPT)
REGRESS    = $(patsubst test/sql/%.sql,%,$(sort $(wildcard test/sql/*.sql)))
REGRESS_OPTS = --inputdir=test
EXTRA_CLEAN  = build results $(SCRIPT)

PG_CPPFLAGS = -Wall -Wextra -Wno-ignored-attributes -DCRMKPI_VERSION='"$(EXTVERSION)"'
SHLIB_LINK  = -lm

PG_CONFIG ?= pg_config
PGXS      := $(shell $(PG_CONFIG) --pgxs 2>/dev/null)
# Debian asks for the very clang the server was built with; without it, no bitcode.
ifneq ($(PGXS),)
ifeq ($(shell command -v $$(sed -n 's/^CLANG *= *//p' $(dir $(PGXS))../Makefile.global)),)
override with_llvm = no
endif
include $(PGXS)
endif

$(OBJS) $(OBJS:.o=.bc): $(wildcard src/*.h) Makefile

MART_FILES = $(sort $(wildcard sql/mart/entity/*.sql) $(wildcard sql/mart/tool/*.sql)) $(VIEWS:%=sql/mart/view/%.sql)
$(SCRIPT): crmkpi.control Makefile sql/expand.awk sql/embed.awk $(wildcard sql/engine/*.sql.in) \
           sql/engine/head.sql $(FAMILIES:%=sql/engine/%.sql) $(wildcard sql/mart/*.sql) \
           $(MART_FILES)
	awk -f sql/expand.awk sql/engine/head.sql $(FAMILIES:%=sql/engine/%.sql) > $@.tmp
	awk -f sql/embed.awk $(MART_FILES) >> $@.tmp
	cat $(sort $(wildcard sql/mart/*.sql)) >> $@.tmp
	mv $@.tmp $@

META.json: crmkpi.control
	sed -i 's/"version": "[0-9.]*"\(.*\)$$/"version": "$(EXTVERSION)"\1/; s/crmkpi--[0-9.]*\.sql/crmkpi--$(EXTVERSION).sql/' $@

.PHONY: setup demo demo-stop test bench
setup:
	@test/deps.sh
	@echo "building and installing crmkpi"
	@$(MAKE) -s all
	@if [ -w "$$($(PG_CONFIG) --sharedir)/extension" ]; then $(MAKE) -s install; else sudo $(MAKE) -s install; fi

demo: setup
	@examples/demo.sh "$(DEMO_DATA)"

demo-stop:
	@CRMKPI_SERVER=demo test/server.sh stop

test: setup
	@test/run.sh

bench: setup
	@bench/run.sh

clean: stop-servers
.PHONY: stop-servers
stop-servers:
	@for name in demo test bench; do CRMKPI_SERVER=$$name test/server.sh stop; done
