#ifndef SEALSYNC_SYNC_PROGRESS_METER_HPP
#define SEALSYNC_SYNC_PROGRESS_METER_HPP

#include "../sync_report.hpp"
#include "metered_storage.hpp"

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// Tells an observer, if there is one, how far a sync has come. Counts objects by phase; bytes are the storage's own
/// count.
class progress_meter {
public:
    progress_meter(const sync_observer& observer, const metered_storage& store) : observer_{observer}, store_{store} {}

    /// Begins a phase, or continues it with `more` objects to come; tells the observer if the phase is new.
    void expect(sync_phase phase, std::uint64_t more) {
        const bool is_new = phase != now_.phase || !begun_;
        if (is_new) now_ = {phase};
        begun_ = true;
        now_.total += more;
        if (is_new && more == 0) tell();
    }
    /// Counts objects that are done, and tells the observer.
    void advance(std::uint64_t count) {
        now_.done += count;
        tell();
    }

private:
    void tell() {
        if (!observer_) return;
        now_.bytes = store_.read().sent + store_.read().received;
        observer_(now_);
    }

    const sync_observer& observer_;
    const metered_storage& store_;
    sync_progress now_{};
    bool begun_ = false;
};

}}} // namespace sealsync::detail

#endif
