// The first application: a family's medical records. Its own names in keys and manifests, one collection per family
// member, scans as attachments, and lists that merge instead of conflicting.
#include <sealsync/sealsync.hpp>

#include <iostream>
#include <set>

namespace ss = sealsync;

struct medical_traits : ss::default_traits {
    using layout = ss::family_medical_layout; // users/{user}/family-members/{member}/records/..., family_member_id
};

namespace {

/// A record is a list of lines; two devices that add lines at the same time are both right.
ss::bytes merge_lines(std::optional<ss::bytes_view> /*base*/, std::span<const ss::bytes_view> contents) {
    std::set<std::string> lines;
    for (const auto content : contents) {
        std::string_view text = ss::as_text(content);
        for (std::size_t end = 0; !text.empty(); text.remove_prefix(std::min(end + 1, text.size()))) {
            end = std::min(text.find('\n'), text.size());
            lines.emplace(text.substr(0, end));
        }
    }
    std::string all;
    for (const auto& line : lines) all += line + '\n';
    return ss::to_bytes(all);
}

} // namespace

int main() {
    // Plaintext here, so that the keys can be shown; the application seals with botan_cipher, as in quickstart.cpp.
    ss::memory_storage store;
    const auto device = [&](const char* name) {
        return ss::open_vault<medical_traits>({.user = "alice", .device_name = name}, store, ss::plaintext_cipher{},
                                              ss::system_clock{}, ss::merge_with{merge_lines}, ss::memory_replica{})
            .value();
    };
    auto iphone = device("iPhone"), ipad = device("iPad");

    auto emma = iphone.collection("emma");
    emma.put_profile(R"({"name":"Emma","birthdate":"2019-04-02"})").value();
    const auto scan =
        emma.attach(ss::attachment_source::from_bytes("%PDF-1.7 ..."), {"vaccination.pdf", "application/pdf"});
    emma.put("vaccinations", "2024-05-01 MMR\n", {.attachments = {scan.value()}}).value();
    iphone.sync().value();
    ipad.sync().value();

    emma.put("vaccinations", "2024-05-01 MMR\n2025-01-20 tetanus\n", {.attachments = {scan.value()}}).value();
    auto emma_on_ipad = ipad.collection("emma");
    emma_on_ipad.put("vaccinations", "2024-05-01 MMR\n2025-03-14 flu\n", {.attachments = {scan.value()}}).value();
    for (auto* one : {&iphone, &ipad, &iphone}) one->sync().value();

    const auto merged = emma.get("vaccinations").value();
    std::cout << ss::as_text(merged->content);
    emma.read_attachment(merged->attachments.front(),
                         [](ss::bytes_view part) {
                             std::cout << ss::as_text(part) << "\n";
                             return ss::result<void>{};
                         })
        .value();
    const auto page = store.list({.prefix = "users/alice/"}, {}).value();
    for (const auto& entry : page.entries) std::cout << entry.key << "\n";
    return ss::as_text(merged->content) == "2024-05-01 MMR\n2025-01-20 tetanus\n2025-03-14 flu\n" ? 0 : 1;
}
