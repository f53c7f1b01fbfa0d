#ifndef SEALSYNC_STORAGE_DIRECTORY_DIRECTORY_PUT_HPP
#define SEALSYNC_STORAGE_DIRECTORY_DIRECTORY_PUT_HPP

#include "../../detail/ranges.hpp"
#include "directory_object.hpp"
#include "directory_stage.hpp"

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// One batch of puts, with two barriers: bytes durable, then names published and durable. A name that was published
/// before its bytes were durable would be an empty file after a power cut.
template <class Files>
class directory_put {
public:
    using handle = typename Files::handle;

    /// Up to this many files or folders are made durable one by one; more share one barrier for the whole file
    /// system, which also waits for what other programs have written.
    static constexpr std::size_t singly_max = 16;

    directory_put(const directory_site<Files>& site, std::span<const put_op> ops, put_sink stored)
        : site_{site}, walker_{site}, ops_{ops}, stored_{stored} {
        outcomes_.reserve(ops.size());
        while (outcomes_.size() < ops.size()) outcomes_.push_back(put_reply{});
    }

    [[nodiscard]] result<void> run(const call_context& call) {
        for (std::size_t i = 0; i < slices(); ++i) {
            auto stage = directory_stage<Files>::take(site_);
            if (!stage) return std::move(stage).error();
            stages_.push_back(*std::move(stage));
        }
        if (auto done = write_all(call); !done) return done;
        if (!synced_singly()) {
            if (const auto error = site_.files.sync_all(stages_.front().folder())) return site_.failed(error, {});
        }
        return publish_all(call);
    }

private:
    /// Fewer are written sooner than another thread is awake.
    static constexpr std::size_t slice_ops_min = 32;
    static constexpr std::size_t slices_max = 8;

    [[nodiscard]] bool synced_singly() const noexcept { return !Files::syncs_all || ops_.size() <= singly_max; }

    /// A slice is written by one thread, in a folder of its own: those who make files in one folder wait for each
    /// other. Sources are read on the calling thread, so that a batch with any is one slice.
    [[nodiscard]] std::size_t slices() const {
        const bool sources = any_of(ops_, [](const put_op& op) { return op.source != nullptr; });
        if (sources) return 1;
        return std::clamp<std::size_t>(ops_.size() / slice_ops_min, 1, (std::min)(slices_max, site_.width()));
    }
    [[nodiscard]] std::size_t slice_ops() const noexcept { return (ops_.size() + stages_.size() - 1) / stages_.size(); }
    [[nodiscard]] const directory_stage<Files>& stage_of(std::size_t index) const noexcept {
        return stages_[index / slice_ops()];
    }

    [[nodiscard]] result<void> write_all(const call_context& call) {
        site_.run(stages_.size(), [&](std::size_t slice) { write_slice(slice, call); });
        for (std::size_t i = 0; i < ops_.size(); ++i) {
            if (!outcomes_[i]) stored_(i, outcomes_[i].error());
        }
        return call.stop.stop_requested() ? stopped(ops_.front().key.text()) : result<void>{};
    }

    void write_slice(std::size_t slice, const call_context& call) {
        const auto end = (std::min)((slice + 1) * slice_ops(), ops_.size());
        for (auto i = slice * slice_ops(); i < end && !call.stop.stop_requested(); ++i) {
            outcomes_[i] = reserved(ops_[i].key.text()) ? reserved_key(ops_[i].key) : write(stages_[slice], i);
            if (outcomes_[i]) continue;
            // The space is needed at once if the disk is full.
            static_cast<void>(site_.files.remove_file(stages_[slice].folder(), stages_[slice].name(i).c_str()));
        }
    }

    [[nodiscard]] result<put_reply> write(const directory_stage<Files>& stage, std::size_t index) {
        const auto& op = ops_[index];
        handle file;
        auto error = site_.files.create_file(stage.folder(), stage.name(index).c_str(), file);
        if (error) return site_.failed(error, op.key.text());
        auto etag = op.source == nullptr ? write_body(file, op) : write_source(file, op);
        if (!etag) return std::move(etag).error();
        file_facts facts;
        error = site_.files.facts_of(file, facts);
        if (!error && synced_singly()) error = site_.files.sync_file(file);
        if (!error && etag->empty()) etag = etag_of_large(site_, file, facts, op.key);
        if (!etag) return std::move(etag).error();
        if (!error) error = file.close();
        if (error) return site_.failed(error, op.key.text());
        return put_reply{*std::move(etag), facts.modified};
    }

    /// The etag, or nothing yet if the object is too large for one of its content.
    [[nodiscard]] result<std::string> write_body(const handle& file, const put_op& op) {
        if (const auto error = site_.files.write(file, op.body)) return site_.failed(error, op.key.text());
        return op.body.size() > whole_etag_max ? std::string{} : content_etag(op.body);
    }

    /// While one piece is written, the next is read (and sealed, as it may be).
    [[nodiscard]] result<std::string> write_source(const handle& file, const put_op& op) {
        const auto size = op.source->size();
        bytes ready, next(static_cast<std::size_t>(std::min<std::uint64_t>(size, whole_etag_max)));
        auto read = op.source->read(0, next);
        for (std::uint64_t offset = 0; read; offset += ready.size()) {
            std::swap(ready, next);
            const auto rest = size - offset - ready.size();
            next.resize(static_cast<std::size_t>(std::min<std::uint64_t>(rest, whole_etag_max)));
            std::error_code error;
            site_.run(2, [&](std::size_t part) {
                if (part == 1) {
                    error = site_.files.write(file, ready);
                } else if (rest > 0) {
                    read = op.source->read(size - rest, next);
                }
            });
            if (error) return site_.failed(error, op.key.text());
            site_.files.start_write_back(file);
            if (rest == 0) return size > whole_etag_max ? std::string{} : content_etag(ready);
        }
        return std::move(read).error();
    }

    /// The lock is held until the names are durable, so that a conditional write never rests on one that a power cut
    /// could take back. Unconditional batches share it: they only must not come between a check and its rename.
    [[nodiscard]] result<void> publish_all(const call_context& call) {
        const auto lock = lock_names(site_, lock_needed(), call);
        if (!lock) return lock.error();
        for (std::size_t i = 0; i < ops_.size(); ++i) {
            if (!outcomes_[i]) continue;
            const auto published = publish(stage_of(i), i);
            if (published) continue;
            outcomes_[i] = published.error();
            stored_(i, published.error());
        }
        if (auto durable = touched_.sync(site_, singly_max); !durable) return durable;
        for (std::size_t i = 0; i < ops_.size(); ++i) {
            if (outcomes_[i]) stored_(i, std::move(outcomes_[i]));
        }
        return {};
    }

    [[nodiscard]] lock_mode lock_needed() const noexcept {
        const auto free = [](const put_op& op) { return op.condition == write_condition::unconditional; };
        return all_of(ops_, free) ? lock_mode::shared : lock_mode::exclusive;
    }

    [[nodiscard]] result<void> publish(const directory_stage<Files>& stage, std::size_t index) {
        const auto& op = ops_[index];
        const auto& key = op.key.text();
        const handle* folder = nullptr;
        const auto error = walker_.enter(folder_of(key), directory_walker<Files>::if_missing::make, folder);
        if (error == std::errc::not_a_directory) {
            return failure{errc::unsupported, key, "a part of it is the name of an object, which cannot be a folder"};
        }
        if (error) return site_.failed(error, key);
        touched_.add(folder_of(key));
        if (op.condition == write_condition::if_match) {
            if (auto same = demand_etag(*folder, op); !same) return same;
        }
        const auto name = stage.name(index);
        if (op.condition == write_condition::if_absent) return create(stage, name, *folder, op.key);
        return named(site_.files.rename(stage.folder(), name.c_str(), *folder, name_of(key)), *folder, op.key);
    }

    [[nodiscard]] result<void> demand_etag(const handle& folder, const put_op& op) {
        const auto current = directory_object<Files>::open(site_, folder, op.key);
        if (!current && current.error() != errc::not_found) return current.error();
        if (!current) return failure{errc::precondition_failed, op.key.text(), "it is gone"};
        if (current->etag != op.etag) return failure{errc::precondition_failed, op.key.text(), "it has changed"};
        return {};
    }

    /// A hard link, because it cannot replace what a program that knows nothing of our lock has put there.
    [[nodiscard]] result<void> create(const directory_stage<Files>& stage, const std::string& name,
                                      const handle& folder, const object_key& key) {
        const auto& files = site_.files;
        const auto error = files.link(stage.folder(), name.c_str(), folder, name_of(key.text()));
        if (!links_unsupported(error)) {
            if (!error) static_cast<void>(files.remove_file(stage.folder(), name.c_str()));
            return named(error, folder, key);
        }
        file_facts found;
        const auto looked = files.facts_at(folder, name_of(key.text()), found);
        if (!looked) return named(std::make_error_code(std::errc::file_exists), folder, key);
        if (looked != std::errc::no_such_file_or_directory) return site_.failed(looked, key.text());
        return named(files.rename(stage.folder(), name.c_str(), folder, name_of(key.text())), folder, key);
    }

    [[nodiscard]] static bool links_unsupported(const std::error_code& error) noexcept {
        for (const auto code : {std::errc::operation_not_permitted, std::errc::operation_not_supported,
                                std::errc::not_supported, std::errc::function_not_supported}) {
            if (error == code) return true;
        }
        return false;
    }

    /// What the last step of a publication means to the caller.
    [[nodiscard]] result<void> named(const std::error_code& error, const handle& folder, const object_key& key) const {
        if (!error) return {};
        file_facts found;
        const bool known = !site_.files.facts_at(folder, name_of(key.text()), found);
        if (known && found.kind == file_kind::directory) {
            return failure{errc::unsupported, key.text(), "a folder has this name, which cannot be an object"};
        }
        if (error == std::errc::file_exists) return failure{errc::precondition_failed, key.text(), "it exists"};
        return site_.failed(error, key.text());
    }

    const directory_site<Files>& site_;
    list<directory_stage<Files>> stages_;
    directory_walker<Files> walker_;
    touched_folders touched_;
    std::span<const put_op> ops_;
    put_sink stored_;
    list<result<put_reply>> outcomes_; ///< of each operation; failures have been reported
};

}}} // namespace sealsync::detail

#endif
