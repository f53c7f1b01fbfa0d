#ifndef SEALSYNC_TESTING_STORAGE_CONFORMANCE_HPP
#define SEALSYNC_TESTING_STORAGE_CONFORMANCE_HPP

#include "conformance.hpp"
#include "random.hpp"
#include "storage_driver.hpp"

#include <algorithm>

namespace sealsync { inline namespace SEALSYNC_ABI { namespace testing {

/// What docs/concepts/storage.md promises, tried on a real store. Everything happens under `prefix`, which must be
/// empty and is left so.
template <storage Storage>
class storage_conformance {
public:
    storage_conformance(Storage& store, std::string prefix)
        : store_{store}, driver_{store}, prefix_{std::move(prefix)} {}

    [[nodiscard]] conformance_report run() {
        missing_objects();
        written_bytes_come_back();
        odd_keys();
        batches();
        ranges();
        details_and_etags();
        sources();
        conditional_writes_hold();
        removals();
        listing_order();
        listing_pages();
        stopped_calls();
        clean_up();
        return std::move(report_);
    }

private:
    void missing_objects() {
        report_.check_fails(driver_.get(at("missing")), errc::not_found, "a get of a missing object is not_found");
        report_.check_fails(driver_.get({.key = key("missing"), .part = get_part::details}), errc::not_found,
                            "details of a missing object are not_found");
        report_.check_ok(store_.get({}, [](std::size_t, result<get_reply>) {}, {}), "an empty batch of gets succeeds");
        report_.check_ok(store_.put({}, [](std::size_t, result<put_reply>) {}, {}), "an empty batch of puts succeeds");
        report_.check_ok(store_.remove({}, [](std::size_t, result<void>) {}, {}),
                         "an empty batch of removals succeeds");
    }

    void written_bytes_come_back() {
        random rng{1};
        for (const std::size_t size : {0U, 1U, 4096U, 70'000U, (1U << 20U) + 1}) {
            const auto body = rng.some_bytes(size);
            const auto name = at("sized/" + std::to_string(size));
            report_.check_ok(driver_.put(name, body), "a put of " + std::to_string(size) + " bytes succeeds");
            expect_body(name, body, std::to_string(size) + " bytes");
        }
        report_.check_ok(driver_.put(at("sized/1"), "second"), "an object can be overwritten");
        expect_body(at("sized/1"), "second", "what overwrote an object");
        report_.check_ok(driver_.put(at("sized/1"), ""), "an object can be overwritten by nothing");
        expect_body(at("sized/1"), "", "an empty object that overwrote another");
    }

    void odd_keys() {
        const std::string longest(object_key::part_size_max, 'x');
        for (const std::string& name :
             {std::string{"a b"}, std::string{" edges "}, std::string{"50%"}, std::string{"%2F"}, std::string{"a+b"},
              std::string{"a&b=c?d#e"}, std::string{"..."}, std::string{".hidden"}, std::string{"-rf"},
              std::string{"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80"}, longest, "deep/" + longest + "/" + longest}) {
            const auto named = at("odd/" + name);
            report_.check_ok(driver_.put(named, name), "the key '" + name + "' can be written");
            expect_body(named, name, "the object '" + name + "'");
        }
        const auto listed = driver_.keys(at("odd/"));
        report_.check(listed && listed->size() == 12, "every odd key is listed once");
        for (std::size_t i = 0; listed && i < listed->size(); ++i) {
            report_.check_ok(driver_.get((*listed)[i]), "an odd key as listed can be read");
        }
    }

    void batches() {
        std::vector<std::string> bodies;
        for (int i = 0; i < 40; ++i) bodies.push_back("body " + std::to_string(i));
        std::vector<put_op> puts;
        std::vector<get_op> gets;
        std::vector<object_key> names;
        for (std::size_t i = 0; i < bodies.size(); ++i) {
            names.push_back(key("batch/" + std::to_string(i % 7) + "/" + std::to_string(i)));
            puts.push_back({.key = names.back(), .body = bodies[i]});
            gets.push_back({.key = names.back()});
        }
        gets.push_back({.key = key("batch/missing")});

        std::vector<int> seen(gets.size());
        bool right = true;
        report_.check_ok(
            store_.put(puts, [&](std::size_t i, result<put_reply> r) { ++seen.at(i), right &= r.has_value(); }, {}),
            "a batch of puts succeeds");
        report_.check(right && std::count(seen.begin(), seen.end(), 1) == 40, "each put is reported exactly once");

        seen.assign(gets.size(), 0);
        const auto got = [&](std::size_t i, result<get_reply> r) {
            ++seen.at(i);
            right &= i < bodies.size() ? r && r->body == bytes_view{bodies[i]} : !r && r.error() == errc::not_found;
        };
        report_.check_ok(store_.get(gets, got, {}), "a batch of gets succeeds though one object is missing");
        report_.check(std::count(seen.begin(), seen.end(), 1) == 41, "each get is reported exactly once");
        report_.check(right, "each get is reported with the index of its operation");

        seen.assign(names.size(), 0);
        report_.check_ok(
            store_.remove(names, [&](std::size_t i, result<void> r) { ++seen.at(i), right &= r.has_value(); }, {}),
            "a batch of removals succeeds");
        report_.check(right && std::count(seen.begin(), seen.end(), 1) == 40, "each removal is reported exactly once");
    }

    void ranges() {
        for (const std::size_t size : {std::size_t{10}, (std::size_t{1} << 20U) + 10}) {
            const auto body = random{2}.some_bytes(size);
            report_.check_ok(driver_.put(at("ranged"), body), "the object to cut can be written");
            expect_range(body, {0, 4}, "the beginning");
            expect_range(body, {3, 5}, "the middle");
            expect_range(body, {size - 1, 1}, "the last byte");
            expect_range(body, {size - 2, 100}, "a range that reaches past the end");
            expect_range(body, {size, 1}, "a range at the end");
            expect_range(body, {size + 100, 1}, "a range past the end");
        }
        const auto large = driver_.get({.key = key("ranged"), .size_max = 9});
        report_.check_fails(large, errc::too_large, "more bytes than size_max are too_large");
        const auto part = driver_.get({.key = key("ranged"), .range = byte_range{0, 9}, .size_max = 9});
        report_.check(part && part->body.size() == 9, "size_max counts the bytes that are asked for");
    }

    void details_and_etags() {
        const auto first = driver_.put(at("detailed"), "first");
        if (!report_.check_ok(first, "the object to look at can be written")) return;
        auto found = driver_.get({.key = key("detailed"), .part = get_part::details, .size_max = 1});
        report_.check(found && found->size == 5 && found->body.empty(), "details are the size without the bytes");
        report_.check(found && found->etag == first->etag, "put and details give the same etag");
        const auto whole = driver_.get(at("detailed"));
        report_.check(whole && whole->etag == first->etag && whole->size == 5, "get and details agree");
        if (first->etag.empty()) return;

        const auto same = driver_.get({.key = key("detailed"), .if_none_match = first->etag});
        report_.check(same && same->not_modified && same->body.empty(), "a known etag is answered not_modified");
        const auto second = driver_.put(at("detailed"), "other");
        report_.check(second && second->etag != first->etag, "another content of the same size has another etag");
        const auto changed = driver_.get({.key = key("detailed"), .if_none_match = first->etag});
        report_.check(changed && !changed->not_modified && changed->body == bytes_view{"other"},
                      "an old etag is answered with the new bytes");
    }

    void sources() {
        for (const std::size_t size : {std::size_t{0}, std::size_t{100'000}, (std::size_t{3} << 20U) + 5}) {
            const auto body = random{3}.some_bytes(size);
            faulty_source source{body};
            report_.check_ok(driver_.put({.key = key("sourced"), .source = &source}), "a source can be put");
            expect_body(at("sourced"), body, "a source of " + std::to_string(size) + " bytes");
        }
        faulty_source broken{random{4}.some_bytes(10)};
        broken.fail_with(errc::source_changed);
        report_.check_fails(driver_.put({.key = key("unsourced"), .source = &broken}), errc::source_changed,
                            "a source that fails is that put's failure");
        report_.check_fails(driver_.get(at("unsourced")), errc::not_found, "a source that fails stores nothing");
    }

    void conditional_writes_hold() {
        const auto able = store_.probe({});
        if (!report_.check_ok(able, "probe answers")) return;
        if (able->writes == conditional_writes::untrusted) return;
        const auto created = driver_.put_if_absent(at("once"), "first");
        if (able->writes == conditional_writes::none) {
            report_.check_fails(created, errc::unsupported, "if_absent is refused by a store that cannot");
            report_.check_fails(driver_.get(at("once")), errc::not_found, "a refused write stores nothing");
        } else {
            creation(created);
        }
        if (able->writes == conditional_writes::full) return replacement();
        report_.check_fails(driver_.put_if_match(at("once"), "second", "etag"), errc::unsupported,
                            "if_match is refused by a store that cannot");
    }

    void creation(const result<put_reply>& created) {
        report_.check_ok(created, "if_absent creates a missing object");
        report_.check_fails(driver_.put_if_absent(at("once"), "second"), errc::precondition_failed,
                            "if_absent loses to an object that is there");
        expect_body(at("once"), "first", "an object that if_absent lost to");
        report_.check_ok(driver_.remove(at("once")), "what if_absent created can be removed");
        report_.check_ok(driver_.put_if_absent(at("once"), "third"), "if_absent creates a removed object again");
    }

    void replacement() {
        const auto first = driver_.put(at("replaced"), "first");
        if (!report_.check_ok(first, "the object to replace can be written")) return;
        const auto second = driver_.put_if_match(at("replaced"), "second", first->etag);
        report_.check_ok(second, "if_match replaces the version it names");
        report_.check_fails(driver_.put_if_match(at("replaced"), "third", first->etag), errc::precondition_failed,
                            "if_match loses when the object has changed");
        expect_body(at("replaced"), "second", "an object that if_match lost to");
        const auto now = driver_.get(at("replaced"));
        report_.check(now && second && now->etag == second->etag, "a conditional put answers with the new etag");
        const auto gone = driver_.put_if_match(at("never"), "x", first->etag);
        report_.check(!gone && (gone.error() == errc::precondition_failed || gone.error() == errc::not_found),
                      "if_match on a missing object is precondition_failed or not_found");
        report_.check_fails(driver_.get(at("never")), errc::not_found, "if_match creates nothing");
    }

    void removals() {
        report_.check_ok(driver_.put(at("gone"), "x"), "the object to remove can be written");
        report_.check_ok(driver_.remove(at("gone")), "an object can be removed");
        report_.check_fails(driver_.get(at("gone")), errc::not_found, "a removed object is not_found");
        report_.check_ok(driver_.remove(at("gone")), "removing a missing object is success");
        report_.check_ok(driver_.remove(at("nowhere/at/all")), "removing below nothing is success");
        report_.check_ok(driver_.put(at("gone"), "y"), "a removed object can be written again");
        expect_body(at("gone"), "y", "an object written again");
    }

    /// Names that a walk folder by folder would put in the wrong order.
    [[nodiscard]] std::vector<std::string> unsorted() const {
        std::vector<std::string> names;
        for (const char* name : {"l/rec-1/a", "l/rec-1/b", "l/rec-12/a", "l/rec-1.x", "l/rec-1-x", "l/rec-10", "l/rec",
                                 "l/rec-1!/z", "l/rec-1\x7e", "l/B", "l/\xc3\xa4", "l/a/b/c/d"}) {
            names.push_back(at(name));
        }
        return names;
    }

    void listing_order() {
        auto names = unsorted();
        for (const auto& name : names) report_.check_ok(driver_.put(name, name), "'" + name + "' can be written");
        std::sort(names.begin(), names.end());
        const auto all = driver_.keys(at("l/"));
        report_.check(all && *all == names, "a listing is complete and ascends byte by byte");
        const auto below = driver_.keys(at("l/rec-1/"));
        report_.check(below && *below == std::vector{at("l/rec-1/a"), at("l/rec-1/b")},
                      "a prefix that ends with a slash matches no sibling");
        const auto begun = driver_.keys(at("l/rec-1"));
        const auto begins = [&](const auto& name) { return name.starts_with(at("l/rec-1")); };
        report_.check(begun &&
                          begun->size() == static_cast<std::size_t>(std::count_if(names.begin(), names.end(), begins)),
                      "a prefix is any beginning of a key, not a folder");
        const auto none = driver_.keys(at("l/nothing/here/"));
        report_.check(none && none->empty(), "a prefix that nothing has is an empty listing");
        const auto page = store_.list({.prefix = at("l/B")}, {});
        report_.check(page && page->entries.size() == 1 && page->entries[0].size == at("l/B").size(),
                      "a listing gives the size");
    }

    void listing_pages() {
        auto names = unsorted();
        std::sort(names.begin(), names.end());
        for (const std::size_t limit : {1U, 2U, 5U}) {
            const auto paged = driver_.keys(at("l/"), limit);
            report_.check(paged && *paged == names, "pages of " + std::to_string(limit) + " add up to the listing");
        }
        for (const auto& name : names) {
            const auto after = store_.list({.prefix = at("l/"), .after = name, .limit = 1}, {});
            const auto next = std::upper_bound(names.begin(), names.end(), name);
            report_.check(after && (next == names.end() ? after->entries.empty()
                                                        : !after->entries.empty() && after->entries[0].key == *next),
                          "after '" + name + "' comes the next key");
        }
        const auto page = store_.list({.prefix = at("l/"), .limit = 3}, {});
        report_.check(page && page->entries.size() <= 3 && page->more, "a page holds at most limit entries");
        const auto before = store_.list({.prefix = at("l/"), .after = "", .limit = 100}, {});
        const auto beyond = store_.list({.prefix = at("l/"), .after = at("m"), .limit = 100}, {});
        report_.check(before && !before->entries.empty(), "an empty after is the beginning");
        report_.check(beyond && beyond->entries.empty() && !beyond->more, "after the last key there is nothing");
    }

    void stopped_calls() {
        std::stop_source source;
        source.request_stop();
        const call_context stopped{.stop = source.get_token()};
        report_.check_fails(driver_.put({.key = key("stopped"), .body = "x"}, stopped), errc::cancelled,
                            "a stopped put is cancelled");
        report_.check_fails(driver_.get(at("stopped")), errc::not_found, "a stopped put stores nothing");
        report_.check_fails(driver_.get({.key = key("detailed")}, stopped), errc::cancelled,
                            "a stopped get is cancelled");
        report_.check_fails(store_.list({.prefix = prefix_}, stopped), errc::cancelled,
                            "a stopped listing is cancelled");
        report_.check_fails(driver_.remove(at("detailed"), stopped), errc::cancelled, "a stopped removal is cancelled");
        report_.check_ok(driver_.get(at("detailed")), "a stopped removal removes nothing");
    }

    void clean_up() {
        const auto left = driver_.keys(prefix_);
        if (!report_.check_ok(left, "everything can be listed")) return;
        for (const auto& name : *left) report_.check_ok(driver_.remove(name), "'" + name + "' can be removed");
        const auto none = driver_.keys(prefix_);
        report_.check(none && none->empty(), "what was removed is not listed");
    }

    void expect_body(const std::string& name, bytes_view body, const std::string& what) {
        const auto found = driver_.get(name);
        if (!report_.check_ok(found, what + " can be read")) return;
        report_.check(bytes_view{found->body} == body && found->size == body.size(), what + " comes back unchanged");
    }

    void expect_range(const bytes& body, byte_range range, const std::string& what) {
        const auto found = driver_.get({.key = key("ranged"), .range = range});
        if (!report_.check_ok(found, what + " can be read")) return;
        const auto offset = std::min<std::uint64_t>(range.offset, body.size());
        const auto length = std::min<std::uint64_t>(range.length, body.size() - offset);
        const auto expected =
            bytes_view{body}.subview(static_cast<std::size_t>(offset), static_cast<std::size_t>(length));
        report_.check(bytes_view{found->body} == expected, what + " is answered with the bytes that are there");
        report_.check(found->size == body.size(), what + " comes with the size of the whole object");
    }

    [[nodiscard]] std::string at(const std::string& name) const { return prefix_ + name; }
    [[nodiscard]] object_key key(const std::string& name) const { return key_of(at(name)); }

    Storage& store_;
    storage_driver<Storage> driver_;
    std::string prefix_;
    conformance_report report_;
};

/// Runs the suite. `prefix` ends with a slash; under it the store must be empty. A store whose `probe` says
/// `untrusted` is not asked for conditional writes; whether they hold in a race is for a test with several processes.
template <storage Storage>
[[nodiscard]] conformance_report check_storage(Storage& store, std::string prefix = "conformance/") {
    return storage_conformance<Storage>{store, std::move(prefix)}.run();
}

}}} // namespace sealsync::testing

#endif
