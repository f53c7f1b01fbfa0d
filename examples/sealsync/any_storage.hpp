#ifndef SEALSYNC_CLI_ANY_STORAGE_HPP
#define SEALSYNC_CLI_ANY_STORAGE_HPP

#include "names.hpp"

#include <sealsync/ext/s3/s3_storage.hpp>
#include <sealsync/storage/directory_storage.hpp>

#include <filesystem>
#include <variant>

namespace cli {

namespace ss = sealsync;

/// One of the stores that `--store` can name.
class any_storage {
public:
    any_storage(ss::directory_storage folder) : store_{std::move(folder)} {}
    any_storage(ss::s3_storage bucket) : store_{std::move(bucket)} {}

    [[nodiscard]] ss::result<void> get(std::span<const ss::get_op> ops, ss::get_sink got,
                                       const ss::call_context& call) {
        return std::visit([&](auto& store) { return store.get(ops, got, call); }, store_);
    }
    [[nodiscard]] ss::result<void> put(std::span<const ss::put_op> ops, ss::put_sink stored,
                                       const ss::call_context& call) {
        return std::visit([&](auto& store) { return store.put(ops, stored, call); }, store_);
    }
    [[nodiscard]] ss::result<void> remove(std::span<const ss::object_key> keys, ss::remove_sink removed,
                                          const ss::call_context& call) {
        return std::visit([&](auto& store) { return store.remove(keys, removed, call); }, store_);
    }
    [[nodiscard]] ss::result<ss::list_page> list(const ss::list_query& query, const ss::call_context& call) {
        return std::visit([&](auto& store) { return store.list(query, call); }, store_);
    }
    [[nodiscard]] ss::result<ss::storage_capabilities> probe(const ss::call_context& call) {
        return std::visit([&](auto& store) { return store.probe(call); }, store_);
    }

    [[nodiscard]] ss::request_counts probe_requests() const {
        return std::visit([](const auto& store) { return ss::probe_requests_of(store); }, store_);
    }
    /// Empty for a folder: to ask it costs nothing.
    [[nodiscard]] std::string identity() const {
        const auto* bucket = std::get_if<ss::s3_storage>(&store_);
        return bucket != nullptr ? bucket->identity() : std::string{};
    }
    void assume(const ss::storage_capabilities& found) {
        if (auto* bucket = std::get_if<ss::s3_storage>(&store_)) bucket->assume(found);
    }

    /// What was tried to find out what the store can do; a folder is only asked.
    [[nodiscard]] ss::result<ss::probe_report> probe_anew(const ss::call_context& call) {
        if (auto* bucket = std::get_if<ss::s3_storage>(&store_)) return bucket->probe_anew(call);
        const auto found = probe(call);
        if (!found) return found.error();
        return ss::probe_report{*found, {}};
    }

private:
    std::variant<ss::directory_storage, ss::s3_storage> store_;
};

static_assert(ss::remembered_storage<any_storage>);

inline constexpr std::string_view folder_scheme = "dir:", bucket_scheme = "s3://";

/// A store as it is written into a device's configuration: the same whatever folder and environment it is read in.
[[nodiscard]] inline ss::result<std::string> complete_store_text(const std::string& text) {
    if (text.starts_with(bucket_scheme)) {
        const auto region = ss::default_s3_region();
        if (!region) return region.error();
        const auto place = ss::s3_location::parse(text, *region);
        if (!place) return place.error();
        return place->text();
    }
    if (!text.starts_with(folder_scheme) || text.size() == folder_scheme.size()) {
        return ss::failure{ss::errc::invalid_argument, printable(text),
                           "a store is written dir:PATH or s3://BUCKET/PREFIX?endpoint=URL"};
    }
    std::error_code error;
    const auto absolute = std::filesystem::absolute(text.substr(folder_scheme.size()), error);
    const auto path = error ? absolute : std::filesystem::weakly_canonical(absolute, error);
    if (error) return ss::failure{ss::errc::invalid_argument, printable(text), error.message()};
    return std::string{folder_scheme} + path.string();
}

/// The store that a completed text names. Nothing is asked of it. A bucket's credentials are the environment's, or
/// those of AWS's files, and AWS_CA_BUNDLE names the certificates that are trusted instead of the system's.
[[nodiscard]] inline ss::result<any_storage> open_storage(const std::string& text,
                                                          std::shared_ptr<ss::executor> workers = {}) {
    if (text.starts_with(folder_scheme)) {
        return any_storage{ss::directory_storage{text.substr(folder_scheme.size()), {.workers = std::move(workers)}}};
    }
    auto library = ss::curl_library::make();
    if (!library) return std::move(library).error();
    ss::s3_options options;
    options.connection.ca_file = ss::process_environment("AWS_CA_BUNDLE").value_or(std::string{});
    auto bucket = ss::open_s3_storage(*std::move(library), text, std::move(options));
    if (!bucket) return std::move(bucket).error();
    return any_storage{*std::move(bucket)};
}

} // namespace cli

#endif
