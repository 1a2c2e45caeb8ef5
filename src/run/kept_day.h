#pragma once

#include "run/source_day.h"
#include "trust/ledger.h"

namespace quarentena {

/// What a source's delivery was on a past day: SourceDay::id, with decision `accepted` when it has
/// one. What the ledger's row decided stands (SourceDay::then). Of a day that published nothing
/// (no row, failed, held) what came is taken, to be judged as of when it came. Otherwise the source
/// is carried, which its row already says, or as one that was not asked.
void recall_day(SourceDay& day, const Ledger& ledger, const KeptDeliveries& kept, Date data_carga);

/// The plan as a past day has it: under `applies: from_now` the period of a source is that of the
/// day's own row, else of the next day's that has one; a period changed since is not for contacts
/// made then.
Plan plan_of_day(const Plan& plan, const Ledger& ledger, Date data_carga);

/// What went wrong on one of several days.
tl::unexpected<Error> fail_on(Date day, Error error);

}  // namespace quarentena
