#include <sealsync/attachment.hpp>
#include <sealsync/testing/random.hpp>

#include <doctest/doctest.h>

#ifndef _WIN32
#include <sys/stat.h>
#endif

namespace {

using namespace sealsync;

class scratch_folder {
public:
    scratch_folder()
        : path_{std::filesystem::temp_directory_path() /
                ("sealsync-attachment-" + std::to_string(reinterpret_cast<std::uintptr_t>(this)))} {
        std::filesystem::create_directory(path_);
    }
    ~scratch_folder() { std::filesystem::remove_all(path_); }
    scratch_folder(const scratch_folder&) = delete;
    scratch_folder& operator=(const scratch_folder&) = delete;

    [[nodiscard]] std::filesystem::path file(const std::filesystem::path& name, bytes_view content) const {
        std::ofstream out{path_ / name, std::ios::binary};
        out.write(as_text(content).data(), static_cast<std::streamsize>(content.size()));
        return path_ / name;
    }
    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
};

bytes read(byte_source& source, std::uint64_t offset, std::size_t count) {
    bytes out(count);
    REQUIRE(source.read(offset, out));
    return out;
}

TEST_CASE("memory_source: any part, in any order") {
    memory_source source{to_bytes("0123456789")};
    CHECK(source.size() == 10);
    CHECK(read(source, 7, 3) == to_bytes("789"));
    CHECK(read(source, 0, 10) == to_bytes("0123456789"));
    CHECK(read(source, 10, 0).empty());
}

TEST_CASE("file_source: any part, in any order, of files with any bytes") {
    const scratch_folder folder;
    const auto content = testing::random{1}.some_bytes(100'000);
    const auto source = file_source::open(folder.file("scan.bin", content)).value();
    CHECK(source->size() == content.size());
    CHECK(read(*source, 99'990, 10) == bytes(content.end() - 10, content.end()));
    CHECK(read(*source, 0, content.size()) == content);
    CHECK(read(*source, 5, 1) == bytes{content[5]});
    const auto empty = file_source::open(folder.file("empty", "")).value();
    CHECK(empty->size() == 0);
    CHECK(read(*empty, 0, 0).empty());
}

TEST_CASE("file_source: a file that is not there cannot be opened, and the message names it") {
    const auto missing = file_source::open("/nowhere/at/all");
    REQUIRE_FALSE(missing);
    CHECK(missing.error() == errc::not_found);
    CHECK(missing.error().object() == "/nowhere/at/all");
}

TEST_CASE("file_source: a folder or a pipe in a file's place is no file, and opening it does not wait") {
    const scratch_folder folder;
    CHECK(file_source::open(folder.path()).error() == errc::not_found);
#ifndef _WIN32
    const auto pipe = folder.path() / "pipe";
    REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
    CHECK(file_source::open(pipe).error() == errc::not_found);
#endif
}

TEST_CASE("file_source: one that became shorter has changed, and can still be read where it is") {
    const scratch_folder folder;
    const auto path = folder.file("scan.bin", "0123456789");
    const auto source = file_source::open(path).value();
    std::filesystem::resize_file(path, 4);
    bytes out(10);
    const auto outcome = source->read(0, out);
    REQUIRE_FALSE(outcome);
    CHECK(outcome.error() == errc::source_changed);
    CHECK(read(*source, 0, 4) == to_bytes("0123"));
}

TEST_CASE("attachment_source: bytes and files open, and survive being kept in a replica") {
    const scratch_folder folder;
    for (const auto& source :
         {attachment_source::from_bytes("content"), attachment_source::from_file(folder.file("scan", "content"))}) {
        const auto kept = attachment_source::decode(source.encode()).value();
        CHECK(kept.encode() == source.encode());
        const auto opened = kept.open().value();
        CHECK(read(*opened, 0, 7) == to_bytes("content"));
    }
}

TEST_CASE("attachment_source: a file is remembered by its absolute path") {
    const auto source = attachment_source::from_file("some/file");
    const auto row = source.encode();
    CHECK(as_text(row).find(std::filesystem::current_path().string()) == 1);
    CHECK(source.open().error() == errc::not_found);
}

TEST_CASE("attachment_source: a row that this library never wrote is a damaged replica") {
    for (const std::string row : {"", "\x02", "\xff/etc/passwd"}) {
        const auto decoded = attachment_source::decode(row);
        REQUIRE_FALSE(decoded);
        CHECK(decoded.error() == errc::replica_corrupt);
    }
}

} // namespace
