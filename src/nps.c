/*
 * nps.c
 *		Net Promoter Score: the state is three counts.
 *
 * On the question "how likely are you to recommend us" answers of 9 and 10 are
 * promoters, 7 and 8 passives, 6 and below detractors.
 *
 *		NPS = 100 * (promoters - detractors) / responses
 *
 * (F. Reichheld, "The One Number You Need to Grow", Harvard Business Review,
 * December 2003).  An answer is a draw of +1, 0 or -1 from a multinomial, so
 * with the shares p and d of promoters and detractors
 *
 *		var(NPS / 100) = (p + d - (p - d)^2) / responses
 *
 * and the margin of error is z times its root, times 100.
 *
 * The scale runs from 0 to 10.  Some surveys have no 0; their scale has to be
 * declared (scale_min = 1), because a 0 is an error there, and answers on
 * different scales do not mix.
 *
 * The summary is written by the executor's aggregate in place (summary_state);
 * everybody else only reads it.
 */
#include "crmkpi.h"

#include <math.h>

#include "libpq/pqformat.h"
#include "scalar.h"
#include "summary.h"
#include "utils/builtins.h"

#define NPS_SCALE_MAX		10
#define NPS_PROMOTER_FROM	9
#define NPS_PASSIVE_FROM	7

typedef enum NpsClass
{
	NPS_PROMOTERS,
	NPS_PASSIVES,
	NPS_DETRACTORS
} NpsClass;

#define NPS_CLASSES		(NPS_DETRACTORS + 1)

typedef struct NpsSummary
{
	SummaryHeader head;			/* flags: lowest score of the scale, 0 or 1; 0 while empty */
	int64		counts[NPS_CLASSES];	/* answers by NpsClass */
} NpsSummary;

static const SummaryKind nps_kind = {'n', 1, sizeof(NpsSummary), "nps_summary"};

/* -------------------------------------------------------------------------
 * Mathematics
 * -------------------------------------------------------------------------
 */
static inline int64
nps_responses(const NpsSummary *s)
{
	return s->counts[NPS_PROMOTERS] + s->counts[NPS_PASSIVES] + s->counts[NPS_DETRACTORS];
}

static void
nps_check(const NpsSummary *s PG_USED_FOR_ASSERTS_ONLY)
{
	Assert(s->counts[NPS_PROMOTERS] >= 0 && s->counts[NPS_PASSIVES] >= 0 && s->counts[NPS_DETRACTORS] >= 0);
	Assert(s->head.flags <= 1);
	Assert(nps_responses(s) > 0 || s->head.flags == 0);
}

static void
nps_set_scale(NpsSummary *s, int scale_min)
{
	if (nps_responses(s) == 0)
		s->head.flags = scale_min;
	else if (s->head.flags != scale_min)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("answers on a scale from %d and from %d do not mix", s->head.flags, scale_min),
				 errhint("Summarise each scale apart, for example with GROUP BY.")));
}

/* The counter that an answer belongs to; an answer off the scale is an error. */
static inline int64 *
nps_class(NpsSummary *s, int64 score, int scale_min)
{
	if (unlikely(score < scale_min || score > NPS_SCALE_MAX))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("NPS score " INT64_FORMAT " is out of range", score),
				 errdetail("Expected a score from %d to %d.", scale_min, NPS_SCALE_MAX),
				 errhint("Leave invalid answers out with FILTER; a scale from 1 is declared as nps(score, 1).")));
	/* without branches, which random scores would mispredict */
	return &s->counts[(score < NPS_PROMOTER_FROM) + (score < NPS_PASSIVE_FROM)];
}

static inline void
nps_add(NpsSummary *s, int64 score, int scale_min)
{
	if (unlikely(s->head.flags != scale_min))
		nps_set_scale(s, scale_min);
	(*nps_class(s, score, scale_min))++;
	/* integers wrap in PostgreSQL's code */
	if (unlikely(nps_responses(s) < 0))
		crmkpi_count_error(&nps_kind);
}

static void
nps_merge(NpsSummary *s, const NpsSummary *other)
{
	if (nps_responses(other) == 0)
		return;
	nps_set_scale(s, other->head.flags);
	crmkpi_count_add(nps_responses(s), nps_responses(other), &nps_kind);
	for (int i = 0; i < NPS_CLASSES; i++)
		s->counts[i] += other->counts[i];
}

static void
nps_unmerge(NpsSummary *s, const NpsSummary *other)
{
	if (nps_responses(other) == 0)
		return;
	nps_set_scale(s, other->head.flags);
	for (int i = 0; i < NPS_CLASSES; i++)
		s->counts[i] = crmkpi_count_remove(s->counts[i], other->counts[i], &nps_kind);
	if (nps_responses(s) == 0)
		s->head.flags = 0;
}

/* -100 to 100; the caller has seen that there are answers */
static double
nps_value(const NpsSummary *s)
{
	return 100.0 * (double) (s->counts[NPS_PROMOTERS] - s->counts[NPS_DETRACTORS]) / (double) nps_responses(s);
}

static double
nps_margin(const NpsSummary *s, double z)
{
	double		n = (double) nps_responses(s);
	double		p = (double) s->counts[NPS_PROMOTERS] / n;
	double		d = (double) s->counts[NPS_DETRACTORS] / n;
	double		variance = (p + d - (p - d) * (p - d)) / n;

	return 100.0 * z * sqrt(Max(variance, 0.0));
}

/* -------------------------------------------------------------------------
 * Text and binary form
 * -------------------------------------------------------------------------
 */
PG_FUNCTION_INFO_V1(crmkpi_nps_in);
PG_FUNCTION_INFO_V1(crmkpi_nps_out);
PG_FUNCTION_INFO_V1(crmkpi_nps_recv);
PG_FUNCTION_INFO_V1(crmkpi_nps_send);

/* Whether counts and scale that came from outside can be those of a summary. */
static bool
nps_plausible(const NpsSummary *s, int64 scale_min)
{
	int128		responses = (int128) s->counts[NPS_PROMOTERS] + s->counts[NPS_PASSIVES] + s->counts[NPS_DETRACTORS];

	return responses <= PG_INT64_MAX && scale_min >= 0 && scale_min <= (responses > 0 ? 1 : 0);
}

Datum
crmkpi_nps_in(PG_FUNCTION_ARGS)
{
	NpsSummary *s = crmkpi_summary_new(sizeof(NpsSummary), &nps_kind);
	SummaryText text;
	int64		scale_min = 0;

	crmkpi_text_begin(&text, PG_GETARG_CSTRING(0), &nps_kind);
	s->counts[NPS_PROMOTERS] = crmkpi_text_count(&text, "promoters");
	s->counts[NPS_PASSIVES] = crmkpi_text_count(&text, "passives");
	s->counts[NPS_DETRACTORS] = crmkpi_text_count(&text, "detractors");
	if (crmkpi_text_has(&text, "scale_min"))
	{
		scale_min = crmkpi_text_count(&text, "scale_min");
		if (scale_min != 1)
			crmkpi_text_error(&text, "scale_min=1 or nothing");
	}
	crmkpi_text_end(&text);
	if (!nps_plausible(s, scale_min))
		crmkpi_text_error(&text, "counts that fit in a bigint, and no scale_min where there are none");
	s->head.flags = (uint16) scale_min;
	nps_check(s);
	PG_RETURN_POINTER(s);
}

Datum
crmkpi_nps_out(PG_FUNCTION_ARGS)
{
	NpsSummary *s = crmkpi_summary_arg(fcinfo, 0, &nps_kind);
	StringInfoData out;

	crmkpi_out_begin(&out, &nps_kind);
	crmkpi_out_int128(&out, "promoters", s->counts[NPS_PROMOTERS]);
	crmkpi_out_int128(&out, "passives", s->counts[NPS_PASSIVES]);
	crmkpi_out_int128(&out, "detractors", s->counts[NPS_DETRACTORS]);
	if (s->head.flags != 0)
		crmkpi_out_int128(&out, "scale_min", s->head.flags);
	PG_RETURN_CSTRING(out.data);
}

Datum
crmkpi_nps_recv(PG_FUNCTION_ARGS)
{
	StringInfo	in = (StringInfo) PG_GETARG_POINTER(0);
	NpsSummary *s = crmkpi_summary_new(sizeof(NpsSummary), &nps_kind);
	int			scale_min;

	crmkpi_recv_begin(in, &nps_kind);
	scale_min = pq_getmsgbyte(in);
	for (int i = 0; i < NPS_CLASSES; i++)
		s->counts[i] = crmkpi_recv_count(in, &nps_kind);
	if (!nps_plausible(s, scale_min))
		crmkpi_recv_error(&nps_kind, "counts that fit in a bigint, and a scale from 0 or 1");
	s->head.flags = (uint16) scale_min;
	nps_check(s);
	PG_RETURN_POINTER(s);
}

Datum
crmkpi_nps_send(PG_FUNCTION_ARGS)
{
	NpsSummary *s = crmkpi_summary_arg(fcinfo, 0, &nps_kind);
	StringInfoData out;

	crmkpi_send_begin(&out, &nps_kind);
	pq_sendbyte(&out, (uint8) s->head.flags);
	for (int i = 0; i < NPS_CLASSES; i++)
		pq_sendint64(&out, s->counts[i]);
	PG_RETURN_BYTEA_P(pq_endtypsend(&out));
}

/* -------------------------------------------------------------------------
 * Aggregation: (state, score) and (state, score, scale_min), for each type of
 * score, and the same to take a row out of a moving window
 * -------------------------------------------------------------------------
 */
PG_FUNCTION_INFO_V1(crmkpi_nps_accum_int2);
PG_FUNCTION_INFO_V1(crmkpi_nps_accum_int4);
PG_FUNCTION_INFO_V1(crmkpi_nps_accum_int8);
PG_FUNCTION_INFO_V1(crmkpi_nps_accum_numeric);
PG_FUNCTION_INFO_V1(crmkpi_nps_accum_inv_int2);
PG_FUNCTION_INFO_V1(crmkpi_nps_accum_inv_int4);
PG_FUNCTION_INFO_V1(crmkpi_nps_accum_inv_int8);
PG_FUNCTION_INFO_V1(crmkpi_nps_accum_inv_numeric);
PG_FUNCTION_INFO_V1(crmkpi_nps_combine);
PG_FUNCTION_INFO_V1(crmkpi_nps_combine_inv);

static inline int
nps_scale_arg(FunctionCallInfo fcinfo)
{
	int32		scale_min;

	if (likely(PG_NARGS() == 2))
		return 0;
	scale_min = PG_GETARG_INT32(2);
	if (scale_min != 0 && scale_min != 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("lowest NPS score %d is not supported", scale_min),
				 errdetail("Expected 0 or 1."),
				 errhint("NPS is defined on scales from 0 to 10 and from 1 to 10.")));
	return scale_min;
}

static inline Datum
nps_accum(FunctionCallInfo fcinfo, int64 score)
{
	NpsSummary *s = summary_state(fcinfo, &nps_kind);

	nps_add(s, score, nps_scale_arg(fcinfo));
	PG_RETURN_POINTER(s);
}

static inline Datum
nps_accum_inv(FunctionCallInfo fcinfo, int64 score)
{
	NpsSummary *s = summary_state(fcinfo, &nps_kind);
	NpsSummary	row = {0};

	nps_add(&row, score, nps_scale_arg(fcinfo));
	nps_unmerge(s, &row);
	PG_RETURN_POINTER(s);
}

Datum
crmkpi_nps_accum_int2(PG_FUNCTION_ARGS)
{
	return nps_accum(fcinfo, PG_GETARG_INT16(1));
}

Datum
crmkpi_nps_accum_int4(PG_FUNCTION_ARGS)
{
	return nps_accum(fcinfo, PG_GETARG_INT32(1));
}

Datum
crmkpi_nps_accum_int8(PG_FUNCTION_ARGS)
{
	return nps_accum(fcinfo, PG_GETARG_INT64(1));
}

Datum
crmkpi_nps_accum_numeric(PG_FUNCTION_ARGS)
{
	return nps_accum(fcinfo, crmkpi_score_from_numeric(PG_GETARG_NUMERIC(1)));
}

Datum
crmkpi_nps_accum_inv_int2(PG_FUNCTION_ARGS)
{
	return nps_accum_inv(fcinfo, PG_GETARG_INT16(1));
}

Datum
crmkpi_nps_accum_inv_int4(PG_FUNCTION_ARGS)
{
	return nps_accum_inv(fcinfo, PG_GETARG_INT32(1));
}

Datum
crmkpi_nps_accum_inv_int8(PG_FUNCTION_ARGS)
{
	return nps_accum_inv(fcinfo, PG_GETARG_INT64(1));
}

Datum
crmkpi_nps_accum_inv_numeric(PG_FUNCTION_ARGS)
{
	return nps_accum_inv(fcinfo, crmkpi_score_from_numeric(PG_GETARG_NUMERIC(1)));
}

Datum
crmkpi_nps_combine(PG_FUNCTION_ARGS)
{
	NpsSummary *s = summary_state(fcinfo, &nps_kind);

	nps_merge(s, crmkpi_summary_arg(fcinfo, 1, &nps_kind));
	nps_check(s);
	PG_RETURN_POINTER(s);
}

Datum
crmkpi_nps_combine_inv(PG_FUNCTION_ARGS)
{
	NpsSummary *s = summary_state(fcinfo, &nps_kind);

	nps_unmerge(s, crmkpi_summary_arg(fcinfo, 1, &nps_kind));
	nps_check(s);
	PG_RETURN_POINTER(s);
}

/* -------------------------------------------------------------------------
 * Accessors
 * -------------------------------------------------------------------------
 */
PG_FUNCTION_INFO_V1(crmkpi_nps_value);
PG_FUNCTION_INFO_V1(crmkpi_nps_promoters);
PG_FUNCTION_INFO_V1(crmkpi_nps_passives);
PG_FUNCTION_INFO_V1(crmkpi_nps_detractors);
PG_FUNCTION_INFO_V1(crmkpi_nps_responses);
PG_FUNCTION_INFO_V1(crmkpi_nps_margin);

/* nps(summary), also the final function of nps(score): NULL without answers */
Datum
crmkpi_nps_value(PG_FUNCTION_ARGS)
{
	NpsSummary *s = crmkpi_summary_arg(fcinfo, 0, &nps_kind);

	if (nps_responses(s) == 0)
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(nps_value(s));
}

Datum
crmkpi_nps_promoters(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(((NpsSummary *) crmkpi_summary_arg(fcinfo, 0, &nps_kind))->counts[NPS_PROMOTERS]);
}

Datum
crmkpi_nps_passives(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(((NpsSummary *) crmkpi_summary_arg(fcinfo, 0, &nps_kind))->counts[NPS_PASSIVES]);
}

Datum
crmkpi_nps_detractors(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(((NpsSummary *) crmkpi_summary_arg(fcinfo, 0, &nps_kind))->counts[NPS_DETRACTORS]);
}

Datum
crmkpi_nps_responses(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(nps_responses(crmkpi_summary_arg(fcinfo, 0, &nps_kind)));
}

/* Half the width of the confidence interval, in points: NULL without answers */
Datum
crmkpi_nps_margin(PG_FUNCTION_ARGS)
{
	NpsSummary *s = crmkpi_summary_arg(fcinfo, 0, &nps_kind);
	double		z = crmkpi_normal_two_sided(PG_GETARG_FLOAT8(1));

	if (nps_responses(s) == 0)
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(nps_margin(s, z));
}
