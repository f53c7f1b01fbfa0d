// The README's example: two devices of one user, kept equal through a folder that sees only sealed bytes.
#include <sealsync/sealsync_botan.hpp>
#include <sealsync/sealsync_sqlite.hpp>

#include <iostream>

namespace ss = sealsync;

int main() {
    const auto home = std::filesystem::temp_directory_path() / "sealsync-quickstart";
    std::filesystem::remove_all(home);
    std::filesystem::create_directories(home / "store");

    // The store: a folder. The keys: created once, then opened on every device with the passphrase.
    ss::directory_storage store{home / "store"};
    const auto alice = ss::user_id::make("alice").value();
    const auto created = ss::create_vault_key(store, alice, "correct horse battery staple").value();
    const auto file = ss::load_master_key_file(store, alice).value();
    const auto opened = ss::open_with_passphrase(file, alice, "correct horse battery staple").value();

    // Two devices; each has a replica of its own, in one file.
    auto laptop = ss::open_vault({.user = "alice", .device_name = "laptop"}, store, ss::botan_cipher{created.key},
                                 ss::system_clock{}, ss::keep_both{}, ss::sqlite_replica{home / "laptop.db"})
                      .value();
    auto phone = ss::open_vault({.user = "alice", .device_name = "phone"}, store, ss::botan_cipher{opened},
                                ss::system_clock{}, ss::keep_both{}, ss::sqlite_replica{home / "phone.db"})
                     .value();

    // Edits are durable at once, and never wait for the network.
    auto emma = laptop.collection("emma");
    const auto v1 = emma.put("rec-123", "tetanus, 2025-01-20").value();
    emma.put("rec-123", "tetanus, 2025-01-21", ss::if_current(v1)).value();
    const auto scan = emma.attach(ss::attachment_source::from_bytes("... a scan ..."), {"scan.pdf"}).value();
    emma.update([&](auto& tx) { // one segment: other devices see all of it or nothing
            tx.put("rec-124", "allergies: none known", {.attachments = {scan}});
            tx.erase("rec-122");
        })
        .value();

    // A sync pulls, then pushes. Its report says what it did and what it cost.
    const auto pushed = laptop.sync().value();
    const auto pulled = phone.sync().value();
    std::cout << "pushed " << pushed.pushed << ", pulled " << pulled.pulled << " in " << pulled.requests.total()
              << " requests\n";

    // The other device reads it. `value()` throws; the value itself says whether there is such a record.
    auto mine = phone.collection("emma");
    const auto record = mine.get("rec-123").value();
    std::cout << "rec-123: " << ss::as_text(record->content) << "\n";

    // Both edit the same record, offline: nothing is lost.
    emma.put("rec-123", "tetanus, booster in 2035").value();
    mine.put("rec-123", "tetanus, left arm").value();
    for (auto* device : {&laptop, &phone, &laptop}) device->sync().value();
    for (const auto& entry : emma.conflicts().value()) {
        const auto other = emma.get(entry.conflicts.front().id).value();
        std::cout << entry.id << " also says: " << ss::as_text(other->content) << "\n";
    }

    // Errors are values with a kind, which says what to do.
    if (const auto again = phone.sync(); !again && again.error().kind() == ss::error_kind::retry) {
        std::cerr << again.error().message() << "\n";
    }
    std::filesystem::remove_all(home);
}
