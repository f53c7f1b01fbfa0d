// usage: sealsync_s3_tool LOCATION COMMAND...
//
//   put KEY FILE         get KEY FILE         head KEY: prints size and etag
//   remove KEY           list PREFIX          prints sizes and keys
//   presign put|get|head|remove|list KEY      prints a URL
//
// A location is s3://bucket/prefix?endpoint=..., or presigned:URL for a store of which the one URL is all that is
// known. Credentials are found as AWS's own tools find them; AWS_CA_BUNDLE names the certificate authority.

#include <sealsync/attachment.hpp>
#include <sealsync/ext/s3/s3_storage.hpp>
#include <sealsync/testing/storage_driver.hpp>

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <map>

using namespace sealsync;

namespace {

s3_options options() {
    s3_options made;
    if (const char* authority = std::getenv("AWS_CA_BUNDLE")) made.connection.ca_file = authority;
    return made;
}

template <class Store>
result<void> put(Store& store, const std::string& key, const std::string& path) {
    auto file = file_source::open(path);
    if (!file) return std::move(file).error();
    auto stored = testing::storage_driver{store}.put(put_op{.key = testing::key_of(key), .source = file->get()});
    return stored ? result<void>{} : std::move(stored).error();
}

template <class Store>
result<void> get(Store& store, const std::string& key, const std::string& path) {
    std::ofstream out{path, std::ios::binary};
    const auto write = [&](bytes_view part) -> result<void> {
        out << as_text(part);
        if (!out) return failure{errc::io_error, path};
        return {};
    };
    auto got = store.download(testing::key_of(key), write);
    return got ? result<void>{} : std::move(got).error();
}

template <class Store>
result<void> head(Store& store, const std::string& key) {
    auto got = testing::storage_driver{store}.get(get_op{testing::key_of(key), get_part::details});
    if (!got) return std::move(got).error();
    std::cout << got->size << ' ' << got->etag << '\n';
    return {};
}

template <class Store>
result<void> list(Store& store, const std::string& prefix) {
    list_query query{.prefix = prefix};
    while (true) {
        auto page = store.list(query, {});
        if (!page) return std::move(page).error();
        for (const auto& entry : page->entries) std::cout << entry.size << ' ' << entry.key << '\n';
        if (!page->more) return {};
        query.after = page->entries.empty() ? query.after : page->entries.back().key;
    }
}

template <class Store>
result<void> run(Store store, std::span<const std::string> words) {
    const auto& command = words[0];
    if (command == "put" && words.size() == 3) return put(store, words[1], words[2]);
    if (command == "get" && words.size() == 3) return get(store, words[1], words[2]);
    if (command == "head" && words.size() == 2) return head(store, words[1]);
    if (command == "remove" && words.size() == 2) return testing::storage_driver{store}.remove(words[1]);
    if (command == "list" && words.size() == 2) return list(store, words[1]);
    return failure{errc::invalid_argument, command, "no such command, or not with so many arguments"};
}

result<void> presign(const std::string& where, const std::string& what, const std::string& key) {
    static const std::map<std::string, http_method> methods{{"put", http_method::put},
                                                            {"get", http_method::get},
                                                            {"head", http_method::head},
                                                            {"remove", http_method::remove}};
    const auto location = s3_location::parse(where);
    if (!location) return location.error();
    presign_query wanted;
    if (what == "list") {
        wanted.query = {{"list-type", "2"}, {"encoding-type", "url"}, {"prefix", location->prefix + key}};
    } else {
        wanted.method = methods.at(what);
        wanted.key = location->prefix + key;
    }
    s3_signing_authority<botan_s3_crypto, system_clock> authority{*location, default_s3_credentials()};
    auto made = authority.presign(wanted, std::chrono::minutes{10});
    if (!made) return std::move(made).error();
    std::cout << made->url << '\n';
    return {};
}

result<void> run(const std::string& where, std::span<const std::string> words) {
    constexpr std::string_view presigned = "presigned:";
    if (words[0] == "presign" && words.size() == 3) return presign(where, words[1], words[2]);
    auto library = curl_library::make();
    if (!library) return std::move(library).error();
    if (where.starts_with(presigned)) {
        const auto only = [url = where.substr(presigned.size())](const presign_query&) -> result<presigned_request> {
            return presigned_request{url, {}};
        };
        return run(open_presigned_storage(*library, only, options()), words);
    }
    auto store = open_s3_storage(*library, where, options());
    return store ? run(*std::move(store), words) : std::move(store).error();
}

} // namespace

int main(int count, char** arguments) {
    const std::vector<std::string> words(arguments + 1, arguments + count);
    if (words.size() < 2) {
        std::cerr << "usage: sealsync_s3_tool LOCATION COMMAND...\n";
        return 2;
    }
    const auto done = run(words[0], std::span{words}.subspan(1));
    if (done) return 0;
    std::cerr << done.error().message() << '\n';
    return 1;
}
