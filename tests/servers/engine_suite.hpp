#ifndef SEALSYNC_TESTS_SERVERS_ENGINE_SUITE_HPP
#define SEALSYNC_TESTS_SERVERS_ENGINE_SUITE_HPP

#include "vault.hpp"

#include <thread>

namespace servers {

/// What an application does with a vault, on a store of which each `open()` gives a client of its own. To be called in
/// a TEST_CASE: each of its subcases has a bucket of its own then.
template <class Open>
class engine_suite {
    using store_type = std::invoke_result_t<Open>;
    using device_type = device<store_type>;

public:
    explicit engine_suite(Open open) : vault_{std::move(open)} {}

    void run() {
        SUBCASE("records, groups, profiles and erasures") { records(); }
        SUBCASE("edits of one record by two devices") { concurrent_edits(); }
        SUBCASE("attachments, small and in parts") { attachments(); }
        SUBCASE("the same bytes attached by two devices") { same_bytes(); }
        SUBCASE("more records than a page lists") { pages(); }
        SUBCASE("two devices that sync at the same time") { two_threads(); }
    }
    /// Where another way leads to a store that has been tried: what may depend on the way.
    void run_briefly() {
        SUBCASE("records, groups, profiles and erasures") { records(); }
        SUBCASE("attachments, small and in parts") { attachments(); }
        SUBCASE("two devices that sync at the same time") { two_threads(); }
    }

private:
    void records() {
        device_type laptop{vault_, "laptop"}, phone{vault_, "phone"};
        laptop.put("one", "first");
        laptop.put("erased", "soon");
        laptop.put("empty", "");
        need(laptop.emma().put_profile("Emma, born 2019"));
        laptop.sync();
        phone.sync();
        need(phone.emma().update([](auto& batch) {
            batch.put("one", "second");
            batch.put("two", std::string(100'000, 'x'));
            batch.erase("erased");
        }));
        need(phone->collection("b\u00e9la/..").put("r", "another collection"));
        CHECK(phone.sync().pushed == 4);
        CHECK(laptop.sync().pulled == 4);
        for (auto* one : {&laptop, &phone}) {
            CHECK(one->text("one") == "second");
            CHECK(one->text("two") == std::string(100'000, 'x'));
            CHECK(one->text("empty").empty());
            CHECK(one->text("erased") == "(gone)");
            const auto profile = need(one->emma().profile());
            REQUIRE(profile);
            CHECK(ss::as_text(profile->content) == "Emma, born 2019");
            CHECK(need((*one)->collection("b\u00e9la/..").get("r")).has_value());
        }
        check_settled({&laptop, &phone});
        device_type newcomer{vault_, "tablet"};
        newcomer.sync();
        check_settled({&laptop, &newcomer});
        newcomer.verify();
    }

    void concurrent_edits() {
        device_type laptop{vault_, "laptop"}, phone{vault_, "phone"};
        laptop.put("r", "first");
        laptop.put("erased here, edited there", "first");
        laptop.sync();
        phone.sync();
        need(laptop.emma().erase("erased here, edited there"));
        phone.put("erased here, edited there", "lives");
        laptop.put("r", "laptop's");
        phone.put("r", "phone's");
        laptop.sync();
        CHECK(phone.sync().conflicts == 1);
        laptop.sync();
        check_settled({&laptop, &phone});
        CHECK(laptop.text("erased here, edited there") == "lives");
        for (auto* one : {&laptop, &phone}) {
            CHECK(one->contents().at("r") == std::vector<std::string>{"phone's", "laptop's"});
        }
        laptop.put("r", "edited");
        laptop.sync();
        phone.sync();
        CHECK(phone.contents().at("r") == std::vector<std::string>{"edited", "laptop's"});
        check_settled({&laptop, &phone});
        laptop.verify();
    }

    void attachments() {
        device_type laptop{vault_, "laptop"}, phone{vault_, "phone"};
        const std::map<std::string, std::string> files{
            {"empty", ""}, {"small", "a scan"}, {"large", varied(std::size_t{20} << 20U)}};
        std::map<std::string, ss::attachment_id> ids;
        for (const auto& [name, content] : files) ids.emplace(name, laptop.attach(content, name + ".bin"));
        laptop.put("r", "with all", {{}, {ids.at("empty"), ids.at("small"), ids.at("large")}});
        laptop.sync();
        phone.sync();
        for (const auto& file : files) {
            CAPTURE(file.first);
            CHECK(bool{phone.read(ids.at(file.first)) == file.second});
            const auto entry = need(phone.emma().attachment(ids.at(file.first)));
            REQUIRE(entry);
            CHECK(entry->committed);
            CHECK(entry->size == file.second.size());
        }
        CHECK(phone.verify().attachments == files.size());
        check_settled({&laptop, &phone});
    }

    void same_bytes() {
        device_type laptop{vault_, "laptop"}, phone{vault_, "phone"};
        laptop.sync();
        phone.sync();
        const auto id = laptop.attach("the same", "one.txt");
        CHECK(phone.attach("the same", "other.txt") == id);
        laptop.put("l", "lists it", {{}, {id}});
        phone.put("p", "lists it, too", {{}, {id}});
        laptop.sync();
        phone.sync();
        laptop.sync();
        check_settled({&laptop, &phone});
        for (auto* one : {&laptop, &phone}) {
            CHECK(one->read(id) == "the same");
            CHECK(need(one->emma().attachment(id)).value().names.size() == 2);
        }
        CHECK(laptop.verify().attachments == 1);
    }

    void pages() {
        constexpr int all = 1'100, kept = 100; // S3 lists a thousand at once
        device_type laptop{vault_, "laptop"};
        need(laptop.emma().update([](auto& batch) {
            for (int i = 0; i < all; ++i) batch.put("record " + std::to_string(i), "content " + std::to_string(i));
        }));
        CHECK(laptop.sync().pushed == all);
        device_type newcomer{vault_, "phone"};
        CHECK(newcomer.sync().pulled == all);
        check_settled({&laptop, &newcomer});
        CHECK(newcomer.contents().size() == all);
        need(laptop.emma().update([](auto& batch) {
            for (int i = kept; i < all; ++i) batch.erase("record " + std::to_string(i));
        }));
        laptop.sync();
        const auto refused = newcomer->sync();
        REQUIRE_FALSE(refused);
        CHECK(refused.error() == ss::errc::mass_delete);
        ss::sync_options agreed;
        agreed.allow_mass_delete = true;
        newcomer.sync(agreed);
        check_settled({&laptop, &newcomer});
        CHECK(newcomer.contents().size() == kept);
        CHECK(newcomer.verify().objects == kept); // what was erased stays in the store, and is listed
    }

    void two_threads() {
        constexpr int each = 200, between_syncs = 50;
        device_type laptop{vault_, "laptop"}, phone{vault_, "phone"};
        laptop.sync();
        phone.sync();
        laptop.put("both", "laptop"); // neither will have seen the other's
        phone.put("both", "phone");
        std::vector<ss::failure> failures[2];
        const auto work = [](device_type& on, std::string_view name, std::vector<ss::failure>& failed) {
            for (int i = 0; i < each; ++i) {
                auto made = on.emma().put(std::string{name} + std::to_string(i), name);
                if (!made) failed.push_back(made.error());
                if (i % between_syncs != 0) continue;
                auto synced = on->sync();
                if (!synced) failed.push_back(synced.error());
            }
        };
        {
            const std::jthread one{[&] { work(laptop, "laptop", failures[0]); }};
            const std::jthread other{[&] { work(phone, "phone", failures[1]); }};
        }
        for (const auto& failed : failures) {
            for (const auto& why : failed) FAIL_CHECK(why.message());
        }
        for (auto* one : {&laptop, &phone, &laptop, &phone}) one->rediscover();
        check_settled({&laptop, &phone});
        const auto all = phone.contents();
        CHECK(all.size() == 2 * each + 1);
        CHECK(all.at("both") == std::vector<std::string>{"phone", "laptop"});
        phone.verify();
    }

    /// Nothing waits, both have the same, and an idle sync is one request.
    static void check_settled(std::initializer_list<device_type*> devices) {
        for (auto* one : devices) {
            CHECK(need((*one)->pending()) == 0);
            const auto report = one->sync();
            CHECK(report.idle());
            CHECK(report.requests == ss::request_counts{1, 0, 0, 0, 0});
            CHECK(report.bytes_received == 0);
            CHECK(one->contents() == (*devices.begin())->contents());
        }
    }

    /// Bytes of which no two megabytes are equal.
    [[nodiscard]] static std::string varied(std::size_t size) {
        std::string out;
        for (std::uint64_t i = 0; out.size() < size; ++i)
            out += std::string(1'000, static_cast<char>(i)) + std::to_string(i);
        out.resize(size);
        return out;
    }

    vault<store_type> vault_;
};

template <class Open>
engine_suite(Open) -> engine_suite<Open>;

} // namespace servers

#endif
