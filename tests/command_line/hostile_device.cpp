// usage: sealsync_hostile_device FOLDER OUTSIDE
// Puts what no well-meaning device would into the vault that FOLDER is a device of: see bad_input.test.py.

#include "../../examples/sealsync/device.hpp"

#include <iostream>

namespace {

[[nodiscard]] sealsync::bytes file(std::string_view content, std::uint16_t mode = 0644) {
    return cli::encode({cli::file_kind::file, mode, 1, content.size(), content, {}});
}

[[nodiscard]] sealsync::bytes link_to(std::string_view target) {
    return cli::encode({cli::file_kind::symlink, 0777, 1, target.size(), target, {}});
}

} // namespace

int main(int argc, char** argv) {
    if (argc != 3) return 2;
    const std::string outside{argv[2]};
    cli::device here{argv[1]};
    here.open().value();
    auto records = here.vault().collection(cli::collection_name);
    const auto done = records.update([&](auto& batch) {
        batch.put("/../escaped", file("hostile"));
        batch.put("/a/../../escaped", file("hostile"));
        batch.put("/" + outside + "/escaped", file("hostile"));
        batch.put("/a//b", file("hostile"));
        batch.put("/.", file("hostile"));
        batch.put("/", file("hostile"));
        batch.put("no slash", file("hostile"));
        batch.put(std::string_view{"/nul\0name", 9}, file("hostile"));
        batch.put("/" + std::string(256, 'x'), file("hostile"));
        batch.put("/.sealsync/config", file("hostile"));
        batch.put("/below/.sealsync/config", file("hostile"));
        batch.put("/garbage", "garbage");
        batch.put("/no kind", cli::encode({static_cast<cli::file_kind>(9), 0644, 1, 0, {}, {}}));
        batch.put("/program", file("#!/bin/sh", 0755));
        batch.put("/set-user-id", file("#!/bin/sh", 04755));
        batch.put("/link", link_to(outside));
        batch.put("/link/escaped", file("hostile"));
        batch.put("/harmless", file("harmless"));
    });
    done.value();
    const auto synced = here.vault().sync();
    if (!synced) std::cerr << synced.error().message() << '\n';
    return synced ? 0 : 1;
}
