#ifndef SEALSYNC_CLI_DEVICE_HPP
#define SEALSYNC_CLI_DEVICE_HPP

#include "names.hpp"
#include "platform.hpp"
#include "thread_executor.hpp"
#include "vault.hpp"

#include <sealsync/ext/botan/master_key_store.hpp>

#include <filesystem>

namespace cli {

/// What `init` and `join` are told, and every later command reads again.
struct device_config {
    std::string store; ///< as `complete_store_text` has it
    std::string user, device_name;
    std::string device; ///< its id in the vault, once it has one
};

/// A folder's device: its keys, its replica, and the files that they are in.
class device {
public:
    device(std::string folder) : folder_{std::move(folder)}, state_{folder_ + "/" + std::string{state_folder}} {}

    [[nodiscard]] const std::string& folder() const noexcept { return folder_; }
    [[nodiscard]] const device_config& config() const noexcept { return config_; }
    [[nodiscard]] std::string state_path(std::string_view name) const { return state_ + "/" + std::string{name}; }
    [[nodiscard]] vault_type& vault() noexcept { return *vault_; }
    [[nodiscard]] const traffic& counts() const noexcept { return *counts_; }
    [[nodiscard]] ss::executor& workers() noexcept { return *workers_; }

    /// A new vault, with this as its first device.
    [[nodiscard]] ss::result<void> init(device_config config, std::string_view passphrase,
                                        const ss::create_vault_key_options& options) {
        return enrol(std::move(config), [&](store_type& store, const ss::user_id& user) -> ss::result<ss::master_key> {
            if (auto free = check_unused(store, user); !free) return std::move(free).error();
            auto created = ss::create_vault_key(store, user, passphrase, options);
            if (!created) return std::move(created).error();
            return std::move(created->key);
        });
    }
    /// One more device of a vault.
    [[nodiscard]] ss::result<void> join(device_config config, std::string_view passphrase) {
        return enrol(std::move(config), [&](store_type& store, const ss::user_id& user) -> ss::result<ss::master_key> {
            auto file = ss::load_master_key_file(store, user);
            if (!file) return what_is_missing(store, user, std::move(file).error());
            return ss::open_with_passphrase(*file, user, passphrase);
        });
    }

    /// A device that has been enrolled: no passphrase, no request.
    [[nodiscard]] ss::result<void> open() {
        if (auto read = read_config(); !read) return read;
        auto user = ss::user_id::make(config_.user);
        auto id = ss::device_id::make(config_.device);
        if (!user || !id) return ss::failure{ss::errc::malformed, state_path("config"), "user or device id"};
        auto secret = read_small_file(state_path("device.key"));
        if (!secret) return std::move(secret).error();
        secret_ = *std::move(secret);
        const auto stored = read_small_file(state_path("master-key.blob"));
        if (!stored) return stored.error();
        auto file = ss::parse_master_key_file(*stored);
        if (!file) return std::move(file).error();
        auto key = ss::open_with_device(*file, *user, *id, secret_);
        if (!key) return std::move(key).error();
        key_file_ = *std::move(file);
        auto store = open_store();
        if (!store) return std::move(store).error();
        return open_vault(*std::move(store), *key);
    }

    /// Whether the store still has this device's vault, and this device in it; before anything is put there. One GET.
    [[nodiscard]] ss::result<void> check_store() {
        auto store = open_store();
        if (!store) return std::move(store).error();
        const auto user = ss::user_id::make(config_.user), id = ss::user_id::make(config_.device);
        auto file = ss::load_master_key_file(*store, *user, key_file_.version);
        if (!file) return what_is_missing(*store, *user, std::move(file).error());
        if (file->vault != key_file_.vault) {
            return ss::failure{ss::errc::other_vault, config_.store, "its vault is " + file->vault.hex()};
        }
        const auto key = ss::open_with_device(*file, *user, *ss::device_id::make(config_.device), secret_);
        if (!key && key.error() == ss::errc::not_found) {
            return ss::failure{ss::errc::access_denied, config_.device_name, "this device was removed from the vault"};
        }
        if (!key) return key.error();
        if (file->version == key_file_.version) return {};
        key_file_ = *std::move(file);
        return write_file_atomically(state_path("master-key.blob"), ss::encode(key_file_));
    }

private:
    /// A vault that has lost its key file must not get another: nothing that is stored would ever open again.
    [[nodiscard]] static ss::result<void> check_unused(store_type& store, const ss::user_id& user) {
        auto there = ss::load_master_key_file(store, user);
        if (there || there.error() != ss::errc::no_vault) return {}; // the creation says what is wrong
        auto why = what_is_missing(store, user, std::move(there).error());
        if (why != ss::errc::no_vault) return why;
        return {};
    }

    /// No key file: of a vault that is there, of none, or because another disk should be where the store is.
    [[nodiscard]] static ss::failure what_is_missing(store_type& store, const ss::user_id& user, ss::failure why) {
        if (why != ss::errc::no_vault) return why;
        const auto root = "users/" + user.text();
        const auto objects = store.list({root + "/", {}, 1}, {});
        if (!objects) return objects.error();
        if (!objects->entries.empty()) {
            return ss::failure{ss::errc::missing_object, why.object(), "the vault is there, but not its key file"};
        }
        const auto others = store.list({"", {}, 1}, {});
        const bool empty = others && others->entries.empty();
        return ss::failure{ss::errc::no_vault, root, empty ? "the store is empty" : "nothing is under that user"};
    }

    template <class GetKey>
    [[nodiscard]] ss::result<void> enrol(device_config config, GetKey get_key) {
        config_ = std::move(config);
        if (auto valid = check_config(); !valid) return valid;
        auto store = open_store();
        if (!store) return std::move(store).error();
        const auto user = ss::user_id::make(config_.user);
        if (!user) return user.error().during("user");
        if (auto made = make_state(); !made) return made;
        auto key = get_key(*store, *user);
        auto done = key ? add_device(*std::move(store), *user, *key) : ss::result<void>{std::move(key).error()};
        if (!done) forget_state();
        return done;
    }

    [[nodiscard]] ss::result<void> add_device(store_type store, const ss::user_id& user, const ss::master_key& key) {
        if (auto opened = open_vault(store, key); !opened) return opened;
        config_.device = vault_->device().text();
        secret_.resize(ss::device_secret_bytes);
        if (auto drawn = ss::system_random{}(secret_); !drawn) return drawn;
        auto file = ss::update_master_key_file(store, user, [&](const ss::master_key_file& now) {
            return ss::add_device_slot(now, user, key, vault_->device(), secret_);
        });
        if (!file) return std::move(file).error();
        key_file_ = *std::move(file);
        auto written = write_file_atomically(state_path("device.key"), secret_);
        if (written) written = write_file_atomically(state_path("master-key.blob"), ss::encode(key_file_));
        if (written) written = write_config(); // last: with it the device is enrolled
        return written;
    }

    [[nodiscard]] ss::result<void> open_vault(store_type store, const ss::master_key& key) {
        constexpr auto cache_bytes = std::uint64_t{4} << 20U; // a sync goes through its replica once
        auto replica = ss::sqlite_replica::open(state_path("replica.db"), {.cache_bytes_max = cache_bytes});
        if (!replica && replica.error() == ss::errc::busy) {
            return ss::failure{ss::errc::busy, printable(folder_),
                               "`sealsync watch` or another command is using this folder"};
        }
        if (!replica) return std::move(replica).error();
        auto opened = ss::open_vault(
            {.user = config_.user, .device_name = config_.device_name, .settings = {}, .workers = workers_},
            std::move(store), ss::botan_cipher{key}, ss::system_clock{}, folder_policy{}, *std::move(replica));
        if (!opened) return std::move(opened).error();
        vault_ = std::make_unique<vault_type>(*std::move(opened));
        return {};
    }

    /// One set of counts for all that a command does.
    [[nodiscard]] ss::result<store_type> open_store() {
        if (store_) return *store_;
        auto opened = open_storage(config_.store, workers_);
        if (!opened) return std::move(opened).error();
        store_.emplace(*std::move(opened));
        counts_ = store_->counts();
        return *store_;
    }

    // The device's own files.

    [[nodiscard]] ss::result<void> make_state() const {
        struct stat info {};
        if (::stat(folder_.c_str(), &info) != 0) return os_failure(errno, printable(folder_));
        if (!S_ISDIR(info.st_mode)) return ss::failure{ss::errc::not_found, printable(folder_), "not a folder"};
        if (::access(state_path("config").c_str(), F_OK) == 0) {
            return ss::failure{ss::errc::already_joined, printable(folder_),
                               "of the vault that its .sealsync/config names"};
        }
        forget_state(); // of an attempt that was cut short
        if (::mkdir(state_.c_str(), 0700) != 0) return write_failure(errno, printable(folder_));
        return write_file_atomically(state_path(".gitignore"), "*\n"); // keys belong in no repository
    }
    void forget_state() const {
        std::error_code ignored; // what stays is removed by the next attempt
        std::filesystem::remove_all(state_, ignored);
    }

    [[nodiscard]] ss::result<void> check_config() {
        for (const auto& [option, text] :
             {std::pair{"--store ", &config_.store}, {"--device ", &config_.device_name}}) {
            const bool control = std::any_of(text->begin(), text->end(),
                                             [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
            if (text->empty() || control || text->size() > 4096) {
                return ss::failure{ss::errc::invalid_argument, option + printable(*text),
                                   "empty, too long, or with control characters"};
            }
        }
        auto complete = complete_store_text(config_.store);
        if (!complete) return std::move(complete).error();
        config_.store = *std::move(complete);
        return config_.store.starts_with(folder_scheme) ? check_apart() : ss::result<void>{};
    }
    [[nodiscard]] ss::result<void> check_apart() const {
        std::error_code error;
        const auto store = config_.store.substr(folder_scheme.size());
        const auto folder = std::filesystem::weakly_canonical(folder_, error).string();
        if (store == folder || store.starts_with(folder + "/") || folder.starts_with(store + "/")) {
            return ss::failure{ss::errc::invalid_argument, config_.store, "store and folder are one inside the other"};
        }
        return {};
    }

    [[nodiscard]] ss::result<void> write_config() const {
        const auto text = "store=" + config_.store + "\nuser=" + config_.user + "\nname=" + config_.device_name +
                          "\ndevice=" + config_.device + "\n";
        return write_file_atomically(state_path("config"), text);
    }
    [[nodiscard]] ss::result<void> read_config() {
        const auto stored = read_small_file(state_path("config"));
        if (!stored && stored.error() == ss::errc::not_found) {
            const bool there = ::access(folder_.c_str(), F_OK) == 0;
            return ss::failure{ss::errc::not_found, printable(folder_),
                               there ? "not a synced folder: init or join it first" : "no such folder"};
        }
        if (!stored) return stored.error();
        auto text = ss::as_text(*stored);
        while (!text.empty()) {
            const auto line = text.substr(0, text.find('\n'));
            text.remove_prefix(std::min(line.size() + 1, text.size()));
            const auto value = std::string{line.substr(std::min(line.find('=') + 1, line.size()))};
            if (line.starts_with("store=")) config_.store = value;
            if (line.starts_with("user=")) config_.user = value;
            if (line.starts_with("name=")) config_.device_name = value;
            if (line.starts_with("device=")) config_.device = value;
        }
        return {};
    }

    std::string folder_, state_;
    device_config config_;
    ss::bytes secret_;
    ss::master_key_file key_file_;
    std::shared_ptr<thread_executor> workers_ = std::make_shared<thread_executor>(usual_width());
    std::optional<store_type> store_;
    std::shared_ptr<traffic> counts_ = std::make_shared<traffic>();
    std::unique_ptr<vault_type> vault_;
};

} // namespace cli

#endif
