// usage: bench_s3_transfer_ours make FOLDER SMALL LARGE_MIB          objects/NN/NNNNN and large, to be transferred
//        bench_s3_transfer_ours put|get LOCATION COUNT PASSES        small objects, from and to memory
//        bench_s3_transfer_ours put-files|get-files LOCATION COUNT FOLDER
//        bench_s3_transfer_ours put-large|get-large LOCATION FOLDER
//        bench_s3_transfer_ours sign put|get COUNT                   what signing costs by itself
//
// LOCATION as s3_location reads it; credentials from the environment. Everything that arrives in memory is compared
// with what it must be; what arrives in files, whoever measures compares.

#include "objects.hpp"

#include <filesystem>
#include <memory>
#include <sealsync/sealsync.hpp>
#include <sealsync/sealsync_s3.hpp>
#include <vector>

namespace {

namespace ss = sealsync;
namespace fs = std::filesystem;
using s3_transfer::give_up;
using s3_transfer::small_bytes;

template <class T>
T value_of(ss::result<T> given) {
    if (!given) give_up(given.error().message());
    if constexpr (!std::is_void_v<T>) return *std::move(given);
}

/// Closed when it goes.
class file {
public:
    file(const fs::path& path, const char* mode) : stream_{std::fopen(path.c_str(), mode)} {
        if (!stream_) give_up(path.string() + ": cannot be opened");
        std::setvbuf(stream_.get(), nullptr, _IONBF, 0);
    }
    void write(ss::bytes_view piece) {
        if (std::fwrite(piece.data(), 1, piece.size(), stream_.get()) != piece.size()) give_up("cannot write");
    }
    [[nodiscard]] bool read(std::uint64_t offset, std::span<std::byte> out) {
        return std::fseek(stream_.get(), static_cast<long>(offset), SEEK_SET) == 0 &&
               std::fread(out.data(), 1, out.size(), stream_.get()) == out.size();
    }

private:
    struct closer {
        void operator()(std::FILE* stream) const noexcept { std::fclose(stream); }
    };
    std::unique_ptr<std::FILE, closer> stream_;
};

/// Opened only when it is read: ten thousand of them are sources of one batch.
class file_source : public ss::byte_source {
public:
    explicit file_source(fs::path path) : path_{std::move(path)}, size_{fs::file_size(path_)} {}
    [[nodiscard]] std::uint64_t size() const noexcept override { return size_; }
    [[nodiscard]] ss::result<void> read(std::uint64_t offset, std::span<std::byte> out) override {
        if (file{path_, "rb"}.read(offset, out)) return {};
        return ss::failure{ss::errc::io_error, path_.string(), "cannot be read"};
    }

private:
    fs::path path_;
    std::uint64_t size_;
};

[[nodiscard]] ss::s3_storage open(const char* location) {
    return value_of(ss::open_s3_storage(value_of(ss::curl_library::make()), location));
}
[[nodiscard]] ss::object_key small_key(std::size_t number) {
    return value_of(ss::object_key::make(s3_transfer::name_of(number)));
}

void make(const fs::path& folder, std::size_t small, std::uint64_t large_mib) {
    ss::bytes content(small_bytes);
    for (std::size_t i = 0; i < small; ++i) {
        const auto path = folder / "objects" / s3_transfer::name_of(i);
        fs::create_directories(path.parent_path());
        s3_transfer::fill(i, 0, content);
        file{path, "wb"}.write(content);
    }
    file large{folder / "large", "wb"};
    content.resize(std::size_t{1} << 20U);
    for (std::uint64_t i = 0; i < large_mib; ++i) {
        s3_transfer::fill(small, i << 20U, content);
        large.write(content);
    }
}

void put(ss::s3_storage store, std::size_t count, std::size_t passes) {
    ss::bytes contents(count * small_bytes);
    std::vector<ss::put_op> ops;
    for (std::size_t i = 0; i < count; ++i) {
        const auto content = std::span{contents}.subspan(i * small_bytes, small_bytes);
        s3_transfer::fill(i, 0, content);
        ops.push_back({small_key(i), ss::bytes_view{content}});
    }
    const auto stored = [](std::size_t, ss::result<ss::put_reply> reply) { value_of(std::move(reply)); };
    for (; passes > 0; --passes) value_of(store.put(ops, stored, {}));
}

void get(ss::s3_storage store, std::size_t count, std::size_t passes) {
    std::vector<ss::get_op> ops;
    for (std::size_t i = 0; i < count; ++i) ops.push_back({small_key(i)});
    ss::bytes expected(small_bytes);
    const auto got = [&](std::size_t i, ss::result<ss::get_reply> reply) {
        s3_transfer::fill(i, 0, expected);
        if (ss::bytes_view{value_of(std::move(reply)).body} != expected) give_up(ops[i].key.text() + ": other bytes");
    };
    for (; passes > 0; --passes) value_of(store.get(ops, got, {}));
}

void put_files(ss::s3_storage store, std::size_t count, const fs::path& folder) {
    std::vector<file_source> sources;
    sources.reserve(count);
    std::vector<ss::put_op> ops;
    for (std::size_t i = 0; i < count; ++i) {
        sources.emplace_back(folder / s3_transfer::name_of(i));
        ops.push_back({.key = small_key(i), .source = &sources.back()});
    }
    const auto stored = [](std::size_t, ss::result<ss::put_reply> reply) { value_of(std::move(reply)); };
    value_of(store.put(ops, stored, {}));
}

void get_files(ss::s3_storage store, std::size_t count, const fs::path& folder) {
    std::vector<ss::get_op> ops;
    for (std::size_t i = 0; i < count; ++i) {
        ops.push_back({small_key(i)});
        if (i % 100 == 0) fs::create_directories((folder / s3_transfer::name_of(i)).parent_path());
    }
    const auto got = [&](std::size_t i, ss::result<ss::get_reply> reply) {
        file{folder / ops[i].key.text(), "wb"}.write(value_of(std::move(reply)).body);
    };
    value_of(store.get(ops, got, {}));
}

void put_large(ss::s3_storage store, const fs::path& folder) {
    file_source source{folder / "large"};
    const ss::put_op op{.key = value_of(ss::object_key::make("large")), .source = &source};
    const auto stored = [](std::size_t, ss::result<ss::put_reply> reply) { value_of(std::move(reply)); };
    value_of(store.put({&op, 1}, stored, {}));
}

void get_large(ss::s3_storage store, const fs::path& folder) {
    file target{folder / "large", "wb"};
    const auto take = [&](ss::bytes_view piece) -> ss::result<void> { return target.write(piece), ss::result<void>{}; };
    value_of(store.download(value_of(ss::object_key::make("large")), take));
}

/// The hash of the body, if there is one, and the signature: nothing of how a request is made or sent.
void sign(bool put, std::size_t count) {
    ss::signature_v4<ss::botan_s3_crypto> signature;
    const ss::s3_credentials credentials{"testkey", "testsecret"};
    const std::chrono::sys_seconds time{std::chrono::seconds{1'700'000'000}};
    const ss::bytes body(put ? small_bytes : 0);
    std::vector<ss::http_header> headers;
    for (std::size_t i = 0; i < count; ++i) {
        const auto path = "/bucket/objects/" + s3_transfer::name_of(i % 10'000);
        const auto hash = signature.payload_hash(body);
        headers.clear();
        if (put) headers.push_back({"content-type", "application/octet-stream"});
        const ss::signable_request request{
            put ? ss::http_method::put : ss::http_method::get, "127.0.0.1:8000", path, {}, hash};
        if (!signature.sign(request, {credentials, "us-east-1", time}, headers).empty()) give_up("a query");
    }
}

} // namespace

int main(int argc, char** argv) {
    const std::vector<std::string> given{argv + 1, argv + argc};
    const auto is = [&](const char* command, std::size_t count) {
        return given.size() == count && given[0] == command;
    };
    if (is("make", 4)) {
        make(given[1], std::stoul(given[2]), std::stoul(given[3]));
    } else if (is("put", 4)) {
        put(open(argv[2]), std::stoul(given[2]), std::stoul(given[3]));
    } else if (is("get", 4)) {
        get(open(argv[2]), std::stoul(given[2]), std::stoul(given[3]));
    } else if (is("put-files", 4)) {
        put_files(open(argv[2]), std::stoul(given[2]), given[3]);
    } else if (is("get-files", 4)) {
        get_files(open(argv[2]), std::stoul(given[2]), given[3]);
    } else if (is("put-large", 3)) {
        put_large(open(argv[2]), given[2]);
    } else if (is("get-large", 3)) {
        get_large(open(argv[2]), given[2]);
    } else if (is("sign", 3)) {
        sign(given[1] == "put", std::stoul(given[2]));
    } else {
        give_up("no such command: the first lines of benchmarks/s3_transfer/ours.cpp");
    }
}
