#ifndef SEALSYNC_SYNC_FACTS_HPP
#define SEALSYNC_SYNC_FACTS_HPP

#include "../config.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// A fact that a replica keeps under a name: a text, a number, or bytes that a row of its own type encodes.
template <class T>
struct fact {
    std::string_view name;
};

/// A fact of each of many things: its name is the prefix and the thing's id.
template <class T>
struct fact_of_each {
    std::string_view prefix;
};

/// Every fact in `replica_table::header`. The names are part of the replica's format.
namespace facts {

using text = std::string;
using number = std::uint64_t;
struct row; ///< encoded by `sync/rows.hpp`

// What the replica belongs to, fixed when it joins a vault.
inline constexpr fact<number> format{"format"};
inline constexpr fact<text> user{"user"};
inline constexpr fact<text> vault{"vault"};     ///< hexadecimal
inline constexpr fact<number> sealed{"sealed"}; ///< 1: by a cipher, for life
inline constexpr fact<text> device{"device"};   ///< the id of this device
inline constexpr fact<text> device_name{"device_name"};

// What a sync remembers for the next one.
inline constexpr fact<text> capabilities{"capabilities"};     ///< of the store, as probed
inline constexpr fact<text> head_etag{"head_etag"};           ///< absent unless all that the head names is merged
inline constexpr fact<number> polls{"polls"};                 ///< since the store was listed
inline constexpr fact<number> listed{"listed"};               ///< when it was, in ns since 1970
inline constexpr fact<number> pull_live{"pull_live"};         ///< records when an unfinished pull began
inline constexpr fact<number> pull_deleted{"pull_deleted"};   ///< records that it has deleted so far
inline constexpr fact<number> reads_content{"reads_content"}; ///< 2: the last policy judged by contents, else 1
inline constexpr fact<number> unfetched{"unfetched"};         ///< 1: a content is still to be fetched
inline constexpr fact<number> unmerged{"unmerged"};           ///< 1: the policy still has something to merge
inline constexpr fact<row> pending{"pending"};                ///< the sealed segment on its way to the store
inline constexpr fact<row> taken{"taken"};                    ///< places in the outbox that a push has taken
inline constexpr fact<row> state{"state"};                    ///< `local_state`
inline constexpr fact<text> run{"run"};                       ///< only if the rule `fresh_run` is off

inline constexpr fact_of_each<text> collection_names{"collection/"}; ///< by collection id
inline constexpr fact_of_each<text> device_names{"device/"};         ///< by device id
inline constexpr fact_of_each<row> sent{"sent/"};                    ///< by the first place in the outbox
inline constexpr fact_of_each<row> promised{"promised/"};            ///< by log id: how far it was said to reach
inline constexpr fact_of_each<number> waiting{"waiting/"};           ///< by log id: since when, in ns since 1970

} // namespace facts

}}} // namespace sealsync::detail

#endif
