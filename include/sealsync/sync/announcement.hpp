#ifndef SEALSYNC_SYNC_ANNOUNCEMENT_HPP
#define SEALSYNC_SYNC_ANNOUNCEMENT_HPP

#include "../manifest/writer.hpp"
#include "vault_state.hpp"

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// The head of the scope: read it, and join into it what this device knows. It is a hint; nothing here can lose data.
template <class State>
class announcement {
public:
    announcement(State& state, const call_context& call) : state_{state}, call_{call} {}

    /// What the store answered.
    enum class answer {
        unchanged, ///< 304: still what this device knows all of
        found,
        missing, ///< also if it cannot be read or understood: it is a hint, and will be written anew
    };

    /// One GET, conditional if `etag` is not empty; two more if the head is damaged, as it seems to be for a moment
    /// where the store does not replace an object at once. Fails if the store cannot be asked, and with
    /// `errc::other_vault` if a plaintext head says that this is another vault: only a seal tells damage from that.
    [[nodiscard]] result<answer> read(const std::string& etag) {
        auto got = read_once(etag);
        for (int more = 0; more < reads_more_max && got && damage_; ++more) got = read_once({});
        return got;
    }

    [[nodiscard]] const head& known() const noexcept { return head_; }
    [[nodiscard]] const std::string& etag() const noexcept { return etag_; }
    /// Why a head that is there was not understood.
    [[nodiscard]] const std::optional<failure>& damage() const noexcept { return damage_; }

    /// After a 304: the head is what it was when all of it had been merged, so that the cursors say it.
    void assume(const cursor_map& cursors, std::string etag) {
        head_.logs = entries(cursors);
        etag_ = std::move(etag);
        exists_ = true;
    }

    [[nodiscard]] bool behind(const cursor_map& cursors) const {
        return !exists_ || unfounded_ || damage_.has_value() || joined(cursors).logs != head_.logs;
    }

    /// Forgets what is said of a log whose segments are nowhere to be found, so that one damaged head does not send
    /// everybody looking for ever. Were it true after all, whoever has merged it will say it again.
    void distrust(const log_id& log) {
        const auto before = head_.logs.size();
        drop_if(head_.logs, [&](const head_entry& entry) { return entry.log == log; });
        unfounded_ = unfounded_ || head_.logs.size() < before;
    }

    /// Whether this device knows of more than the head says: an older one has come back, or was written over it.
    [[nodiscard]] bool lacks(const cursor_map& cursors) const {
        auto at = head_.logs.begin();
        return any_of(cursors, [&](const auto& known) { // both ascend
            while (at != head_.logs.end() && at->log < known.first) ++at;
            return at == head_.logs.end() || at->log != known.first || at->seq < known.second.seq;
        });
    }

    /// Whether `cursors` have come as far as the head: only then does an unchanged head mean that there is no news.
    [[nodiscard]] bool covered_by(const cursor_map& cursors) const {
        return all_of(head_.logs, [&](const head_entry& entry) {
            const auto at = cursors.find(entry.log);
            return at != cursors.end() && at->second.seq >= entry.seq;
        });
    }

    /// Joins `cursors` into the head; true if the store took it, false if it was left to others after losing too many
    /// races. One PUT, and one GET more for every race lost.
    [[nodiscard]] result<bool> join(const cursor_map& cursors) {
        for (std::uint32_t attempt = 0; attempt < state_.settings.head_attempts_max; ++attempt) {
            if (is_newer_) return false; // written by a later release, which knows more: it is left to that
            if (!behind(cursors)) return true;
            auto written = write(joined(cursors));
            if (written) return true;
            const auto code = written.error().code();
            if (code == errc::too_large) return false; // more logs than a head may name: others find them by listing
            if (code != errc::precondition_failed && code != errc::outcome_unknown && code != errc::not_found) {
                return std::move(written).error().during("write the head");
            }
            if (auto again = read({}); !again) return std::move(again).error();
        }
        return false;
    }

private:
    static constexpr int reads_more_max = 2;

    [[nodiscard]] result<answer> read_once(const std::string& etag) {
        get_op op{state_.keys.head()};
        op.if_none_match = etag;
        op.size_max = state_.settings.sealed_manifest_bytes_max();
        auto reply = state_.syncing.store.get_one(op, call_);
        if (!reply && reply.error() == errc::not_found) {
            forget();
            return answer::missing;
        }
        if (!reply && is_of_the_store(reply.error())) return std::move(reply).error().during("read the head");
        if (reply && reply->not_modified) return answer::unchanged;
        auto opened = reply ? open(reply->body) : result<head>{std::move(reply).error()};
        if (opened) {
            forget();
            head_ = *std::move(opened);
            etag_ = std::move(reply->etag);
            exists_ = true;
            return answer::found;
        }
        forget();
        if (reply) etag_ = std::move(reply->etag);
        exists_ = true; // damaged: to be replaced, not created
        const auto code = opened.error().code();
        if (code == errc::other_vault && !state_.sealed) return failure{code, key_text(), opened.error().detail()};
        is_newer_ = code == errc::unknown_format || code == errc::unknown_critical;
        damage_.emplace(code, key_text(), opened.error().detail());
        return answer::missing;
    }

    void forget() {
        head_ = {};
        etag_.clear();
        exists_ = false;
        unfounded_ = is_newer_ = false;
        damage_.reset();
    }

    [[nodiscard]] result<head> open(bytes_view stored) {
        bytes plain;
        if (auto opened = state_.syncing.cipher.open(context(), stored, plain); !opened) {
            return std::move(opened).error();
        }
        auto parsed = State::traits_type::codec::read_head(plain, state_.settings.manifest);
        if (!parsed) return std::move(parsed).error();
        if (parsed->vault != state_.vault) {
            return failure{errc::other_vault, key_text(),
                           "vault " + parsed->vault.hex() + ", not " + state_.vault.hex()};
        }
        return parsed;
    }

    [[nodiscard]] result<void> write(const head& wanted) {
        auto json = write_head(wanted, state_.settings.manifest);
        if (!json) return std::move(json).error();
        bytes sealed;
        if (auto done = state_.syncing.cipher.seal(context(), *json, sealed); !done) return done;
        put_op op{state_.keys.head(), sealed};
        const auto writes = state_.syncing.capabilities->writes;
        if (writes == conditional_writes::full && exists_ && !etag_.empty()) {
            op.condition = write_condition::if_match;
            op.etag = etag_;
        } else if (!exists_ && state_.syncing.capabilities->creates_once()) {
            op.condition = write_condition::if_absent;
        }
        auto reply = state_.syncing.store.put_one(op, call_);
        if (!reply) return std::move(reply).error();
        head_ = wanted;
        etag_ = std::move(reply->etag);
        exists_ = true;
        unfounded_ = false;
        damage_.reset();
        return {};
    }

    [[nodiscard]] static std::vector<head_entry> entries(const cursor_map& cursors) {
        std::vector<head_entry> all;
        for (const auto& [log, cursor] : cursors) all.push_back({log, cursor.device, cursor.seq, cursor.stored});
        return all;
    }

    /// Whoever finds the head behind joins in every position that it knows, not only its own: the device that wrote
    /// a segment may have died before it could announce it.
    [[nodiscard]] head joined(const cursor_map& cursors) const {
        cursor_map all;
        for (const auto& entry : head_.logs) all[entry.log] = {entry.device, entry.seq, entry.stored};
        for (const auto& [log, cursor] : cursors) {
            if (!State::traits_type::rules.heal_everything && cursor.device != state_.device) continue;
            auto& known = all[log];
            if (known.seq < cursor.seq) known = cursor;
        }
        return {1, {}, state_.vault, state_.keys.root(), entries(all), head_.checkpoint};
    }

    [[nodiscard]] sealing_context context() const { return {object_kind::head, state_.vault}; }
    [[nodiscard]] std::string key_text() const { return state_.keys.head().text(); }

    State& state_;
    const call_context& call_;
    head head_;
    std::string etag_;
    bool exists_ = false;
    bool unfounded_ = false; ///< it says what is not so
    bool is_newer_ = false;  ///< of a format that this release does not know
    std::optional<failure> damage_;
};

}}} // namespace sealsync::detail

#endif
