#ifndef SEALSYNC_TESTING_SIMULATED_DEVICE_HPP
#define SEALSYNC_TESTING_SIMULATED_DEVICE_HPP

#include "../clock/manual_clock.hpp"
#include "../storage/memory_storage.hpp"
#include "../sync_engine.hpp"
#include "faulty_replica.hpp"
#include "faulty_storage.hpp"
#include "simulated_cipher.hpp"
#include "simulated_storage.hpp"
#include "simulation_oracle.hpp"

namespace sealsync { inline namespace SEALSYNC_ABI { namespace testing {

/// A device of a simulated world: an engine that can be killed at any call, and what outlives it.
template <class ConflictPolicy, class Traits>
struct simulated_device {
    using storage_type = simulated_storage<faulty_storage<memory_storage>>;
    using replica_type = faulty_replica<simulated_replica>;
    using engine_type =
        basic_sync_engine<storage_type, simulated_cipher, manual_clock, ConflictPolicy, replica_type, Traits>;

    /// A replica at some moment, with what is known of it.
    struct backup {
        memory_replica rows;
        replica_view view;
    };

    std::string name;
    std::size_t number = 0;
    memory_replica rows;
    replica_view view;
    manual_clock clock;
    bool frozen = false; ///< its clock
    fault_plan faults;
    replica_fault_plan disk;
    interruptions meanwhile;
    simulated_intent doing;
    std::vector<backup> backups;
    std::optional<engine_type> engine; ///< none: it has died
    bool busy = false;                 ///< in the middle of a sync that is interrupted

    [[nodiscard]] backup back_up() const { return {rows.snapshot(), view}; }
    void calm() {
        faults.calm();
        disk.calm();
        meanwhile.clear();
    }
};

}}} // namespace sealsync::testing

#endif
