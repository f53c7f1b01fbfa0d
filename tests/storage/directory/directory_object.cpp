#include "directory_fixture.hpp"

#include <sealsync/storage/directory/directory_object.hpp>
#include <sealsync/testing/random.hpp>

#include <doctest/doctest.h>

#include <sys/stat.h>

using namespace sealsync;
using namespace directory_tests;

namespace {

using object = detail::directory_object<failing_files>;
const auto key = object_key::make("a").value();

/// The object `a` of this content, opened by hand and answered with.
struct object_world : world {
    explicit object_world(const std::string& content) { folder.write("a", content); }
    [[nodiscard]] result<object> open() const { return object::open(site, root, key); }
    [[nodiscard]] result<get_reply> reply(const get_op& op) const {
        auto opened = open();
        return opened ? (*std::move(opened)).reply(site, op) : std::move(opened).error();
    }
};

std::string large_text(std::size_t size) { return std::string{as_text(testing::random{1}.some_bytes(size))}; }

} // namespace

TEST_CASE("demand_regular: a folder is no object, and what is no file is refused") {
    CHECK(detail::demand_regular({.kind = file_kind::regular}, key));
    CHECK(detail::demand_regular({.kind = file_kind::directory}, key).error() == errc::not_found);
    CHECK(detail::demand_regular({.kind = file_kind::other}, key).error() == errc::access_denied);
    CHECK(detail::demand_regular({}, key).error().object() == "a");
}

TEST_CASE("read_exactly: a part of a file, or a failure if the file is shorter") {
    const object_world w{"0123456789"};
    const auto opened = w.open().value();
    CHECK(detail::read_exactly(w.site, opened.file, {3, 4}, key).value() == bytes_view{"3456"});
    CHECK(detail::read_exactly(w.site, opened.file, {10, 0}, key).value().empty());
    for (const auto part : {byte_range{0, 11}, byte_range{9, 2}, byte_range{20, 1}}) {
        const auto outcome = detail::read_exactly(w.site, opened.file, part, key);
        CHECK(outcome.error() == errc::io_error);
        CHECK(outcome.error().detail() == "the file became shorter while it was read");
    }
}

TEST_CASE("directory_object: a small one is held whole, and its etag is the hash of its content") {
    for (const auto size : {std::size_t{0}, std::size_t{9}, detail::whole_etag_max}) {
        const auto content = large_text(size);
        const object_world w{content};
        const auto opened = w.open().value();
        CHECK(opened.content == bytes_view{content});
        CHECK(opened.etag == detail::content_etag(content));
        CHECK(opened.facts.size == size);
    }
}

TEST_CASE("directory_object: nothing of the name, or a folder, is not found") {
    const world w;
    const auto missing = object::open(w.site, w.root, key);
    CHECK(missing.error() == errc::not_found);
    CHECK(missing.error().detail().empty());
    fs::create_directory(w.at("a"));
    const auto folder = object::open(w.site, w.root, key);
    CHECK(folder.error() == errc::not_found);
    CHECK(folder.error().detail() == "a folder has this name");
}

TEST_CASE("directory_object: a link or a pipe is refused, and waited for by nobody") {
    const world w;
    w.folder.write("secret", "x");
    fs::create_symlink(w.at("secret"), w.at("a"));
    CHECK(object::open(w.site, w.root, key).error() == errc::access_denied);
    fs::remove(w.at("a"));
    REQUIRE(mkfifo(w.at("a").c_str(), 0600) == 0);
    const auto pipe = object::open(w.site, w.root, key);
    CHECK(pipe.error() == errc::access_denied);
    CHECK(pipe.error().detail() == "not a regular file");
}

TEST_CASE("directory_object: only the last part of the key is looked for in the folder") {
    const object_world w{"content"};
    const auto opened = object::open(w.site, w.root, object_key::make("some/folder/a").value());
    CHECK(opened.value().content == bytes_view{"content"});
}

TEST_CASE("directory_object: whichever operation fails, the failure names the file") {
    for (const auto size : {std::size_t{9}, detail::whole_etag_max + 1}) {
        for (const auto* operation : {"open_file", "facts_of", "read"}) {
            object_world w{large_text(size)};
            w.fail(operation, std::errc::io_error);
            const auto outcome = w.open();
            REQUIRE_FALSE(outcome);
            CHECK(outcome.error() == errc::io_error);
            CHECK(outcome.error().object() == w.shown("a"));
        }
    }
    object_world w{large_text(detail::whole_etag_max + 1)};
    w.fail("read", std::errc::io_error, 1);
    CHECK(w.open().error() == errc::io_error);
    w.fail("read", std::errc::io_error, 2);
    CHECK(w.reply({.key = key}).error() == errc::io_error);
}

TEST_CASE("directory_object: a reply says everything, and has the part that was asked for") {
    const object_world w{"0123456789"};
    const auto whole = w.reply({.key = key}).value();
    CHECK(whole.body == bytes_view{"0123456789"});
    CHECK(whole.size == 10);
    CHECK(whole.etag == detail::content_etag("0123456789"));
    CHECK(whole.last_modified == w.open().value().facts.modified);
    const auto part = w.reply({.key = key, .range = byte_range{7, 99}}).value();
    CHECK(part.body == bytes_view{"789"});
    CHECK(part.size == 10);
    CHECK(part.etag == whole.etag);
    CHECK(w.reply({.key = key, .range = byte_range{10, 1}}).value().body.empty());
    const auto details = w.reply({.key = key, .part = get_part::details}).value();
    CHECK(details.body.empty());
    CHECK(details.size == 10);
    CHECK(details.etag == whole.etag);
}

TEST_CASE("directory_object: an etag that is still right is not answered with bytes, another one is") {
    const object_world w{"content"};
    const auto same = w.reply({.key = key, .if_none_match = detail::content_etag("content"), .size_max = 1}).value();
    CHECK(same.not_modified);
    CHECK(same.body.empty());
    CHECK(same.size == 0);
    const auto other = w.reply({.key = key, .if_none_match = detail::content_etag("older")}).value();
    CHECK_FALSE(other.not_modified);
    CHECK(other.body == bytes_view{"content"});
}

TEST_CASE("directory_object: the limit is on the bytes that are wanted, not on the object") {
    const object_world w{"0123456789"};
    CHECK(w.reply({.key = key, .size_max = 9}).error() == errc::too_large);
    CHECK(w.reply({.key = key, .size_max = 10}));
    CHECK(w.reply({.key = key, .range = byte_range{0, 4}, .size_max = 4}));
    CHECK(w.reply({.key = key, .range = byte_range{0, 5}, .size_max = 4}).error() == errc::too_large);
    CHECK(w.reply({.key = key, .part = get_part::details, .size_max = 0}));
}

TEST_CASE("directory_object: a large one is not held, and each reply reads what it needs") {
    const auto content = large_text(detail::whole_etag_max + 1);
    object_world w{content};
    auto opened = w.open().value();
    CHECK(opened.content.empty());
    w.count("read");
    const auto part = std::move(opened).reply(w.site, {.key = key, .range = byte_range{500'000, 10}}).value();
    CHECK(part.body == bytes_view{content.substr(500'000, 10)});
    CHECK(w.calls() == 1);
    CHECK(w.reply({.key = key}).value().body == bytes_view{content});
}

TEST_CASE("etag_of_large: size, inode, time, beginning and end each make another etag") {
    auto content = large_text(detail::whole_etag_max + 1);
    const object_world w{content};
    const auto opened = w.open().value();
    const auto etag = [&](const file_facts& facts) {
        return detail::etag_of_large(w.site, opened.file, facts, key).value();
    };
    auto other = opened.facts;
    CHECK(etag(other) == opened.etag);
    ++other.number;
    CHECK(etag(other) != opened.etag);
    other = opened.facts;
    other.modified += std::chrono::nanoseconds{1};
    CHECK(etag(other) != opened.etag);
    other = opened.facts;
    --other.size;
    CHECK(etag(other) != opened.etag);
    for (const auto at : {std::size_t{0}, content.size() - 1}) {
        auto changed = content;
        changed[at] = static_cast<char>(changed[at] ^ 1);
        w.folder.write("a", changed);
        CHECK(etag(opened.facts) != opened.etag);
    }
    w.folder.write("a", content);
    CHECK(etag(opened.facts) == opened.etag);
}
