#ifndef SEALSYNC_STORAGE_DIRECTORY_DIRECTORY_STAGE_HPP
#define SEALSYNC_STORAGE_DIRECTORY_DIRECTORY_STAGE_HPP

#include "../byte_slice.hpp"
#include "directory_site.hpp"

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// `.sealsync`, made if missing.
template <class Files>
[[nodiscard]] result<typename Files::handle> open_reserved(const directory_site<Files>& site) {
    typename Files::handle folder;
    const auto error = open_or_make(site.files, site.root, reserved_folder, folder);
    if (error) return site.failed(error, reserved_folder);
    return folder;
}

[[nodiscard]] inline bool held_by_others(const std::error_code& error) noexcept {
    return error == std::errc::operation_would_block || error == std::errc::resource_unavailable_try_again;
}

/// The lock on all names of the store, as a handle that holds it. Waits for other processes as long as the call may
/// take, a minute if it does not say. Fails with `errc::busy`, `errc::cancelled`, or as the operating system does.
template <class Files>
[[nodiscard]] result<typename Files::handle> lock_names(const directory_site<Files>& site, lock_mode mode,
                                                        const call_context& call) {
    constexpr std::chrono::milliseconds patience{60'000};
    auto reserved = open_reserved(site);
    if (!reserved) return std::move(reserved).error();
    typename Files::handle lock;
    if (const auto error = site.files.open_lock(*reserved, "lock", lock)) return site.failed(error, reserved_folder);
    for (auto left = call.timeout.count() > 0 ? call.timeout : patience; left.count() > 0; --left) {
        const auto error = site.files.try_lock(lock, mode);
        if (!error) return lock;
        if (!held_by_others(error)) return site.failed(error, reserved_folder);
        if (call.stop.stop_requested()) return stopped(site.path.string());
        site.files.pause();
    }
    return failure{errc::busy, site.path.string(), "another process holds .sealsync/lock"};
}

/// A folder of one's own for files that have no name yet. Each is held by a lock that ends with its process, so that
/// whoever gets the lock knows that what lies there belongs to nobody, and sweeps it.
template <class Files>
class directory_stage {
public:
    using handle = typename Files::handle;

    [[nodiscard]] static result<directory_stage> take(const directory_site<Files>& site) {
        auto reserved = open_reserved(site);
        if (!reserved) return std::move(reserved).error();
        for (std::size_t slot = 0; slot < slots_max; ++slot) {
            directory_stage stage{site};
            const auto error = stage.open(*reserved, slot, may_make::yes);
            if (held_by_others(error)) continue;
            if (error) return site.failed(error, reserved_folder);
            sweep_later_slots(site, *reserved, slot + 1);
            return stage;
        }
        return failure{errc::busy, site.path.string(), "too many processes write at once"};
    }

    directory_stage(directory_stage&& other) noexcept
        : site_{other.site_},
          folder_{std::move(other.folder_)},
          lock_{std::move(other.lock_)},
          locked_{std::exchange(other.locked_, false)} {}
    directory_stage& operator=(directory_stage&&) = delete;
    ~directory_stage() { sweep(); }

    [[nodiscard]] const handle& folder() const noexcept { return folder_; }
    [[nodiscard]] static std::string name(std::size_t index) { return std::to_string(index); }

private:
    static constexpr std::size_t slots_max = 1024;
    enum class may_make : bool { no, yes };

    explicit directory_stage(const directory_site<Files>& site) : site_{&site} {}

    [[nodiscard]] std::error_code open(const handle& reserved, std::size_t slot, may_make make) {
        const auto& files = site_->files;
        const auto name = "stage-" + std::to_string(slot);
        const auto opened = make == may_make::yes ? open_or_make(files, reserved, name.c_str(), folder_)
                                                  : files.open_directory(reserved, name.c_str(), folder_);
        if (opened) return opened;
        if (const auto error = files.open_lock(folder_, "lock", lock_)) return error;
        const auto error = files.try_lock(lock_, lock_mode::exclusive);
        locked_ = !error;
        if (locked_) sweep();
        return error;
    }

    /// Of processes that died while several were writing; a later slot is not taken again until as many write.
    static void sweep_later_slots(const directory_site<Files>& site, const handle& reserved, std::size_t slot) {
        for (; slot < slots_max; ++slot) {
            directory_stage other{site};
            const auto error = other.open(reserved, slot, may_make::no);
            if (error && !held_by_others(error)) return;
        }
    }

    /// Best effort: what cannot be removed now is in nobody's way, and is tried again by the next owner. A leftover
    /// may also be the second name of a published file, so it is removed and never written to.
    void sweep() const {
        if (!locked_) return;
        std::vector<std::string> names;
        const auto collect = [&](std::string_view name, file_kind) {
            if (name != "lock") names.push_back(std::string{name});
        };
        if (site_->files.read_directory(folder_, collect)) return;
        for (const auto& name : names) static_cast<void>(site_->files.remove_file(folder_, name.c_str()));
    }

    const directory_site<Files>* site_;
    handle folder_, lock_;
    bool locked_ = false;
};

}}} // namespace sealsync::detail

#endif
