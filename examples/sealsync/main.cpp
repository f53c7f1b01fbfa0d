// sealsync: keeps a folder the same on several devices, through a store that learns nothing of it. docs/cli.md

#include "options.hpp"
#include "platform.hpp"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <sealsync/version.hpp>

namespace {

constexpr const char* exit_codes =
    "Exit codes: 0 done; 1 the command or what it was given is refused; 2 try again later;\n"
    "3 there are conflicts (`conflicts` only); 4 stored data is damaged or missing;\n"
    "5 security: wrong passphrase, another vault, tampering, rollback, mass deletion;\n"
    "6 the store, the folder or the disk is read-only, full or not to be read.";

constexpr const char* store_forms =
    "Where the sealed objects are: dir:PATH, or s3://BUCKET/PREFIX with ?endpoint=URL unless it is AWS, &region=NAME, "
    "&style=path|virtual. Credentials: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS's files and AWS_PROFILE";

using command = cli::exit_code (*)(const cli::options&);

CLI::App* add_command(CLI::App& app, cli::options& given, command& chosen, const char* name, const char* what,
                      command run) {
    auto* sub = app.add_subcommand(name, what);
    sub->add_option("folder", given.folder, "The synced folder")->required();
    sub->add_flag("-q,--quiet", given.quiet, "No summary and no progress");
    sub->callback([&chosen, run] { chosen = run; });
    return sub;
}

void add_enrolling(CLI::App* sub, cli::options& given) {
    sub->add_option("--store", given.store, store_forms)->required();
    sub->add_option("--user", given.user, "Whose vault: stands in every object's name")->required();
    sub->add_option("--device", given.device, "This device's name, for people")->required();
    sub->add_option("--passphrase-file", given.passphrase_file,
                    "Its first line is the passphrase; else SEALSYNC_PASSPHRASE, else the terminal is asked");
}

/// What could not be written was not said: a script must not take that for an empty answer.
int finish_output(cli::exit_code code) {
    if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return static_cast<int>(code);
    std::cerr << "sealsync: standard output could not be written\n";
    return static_cast<int>(std::max(code, cli::exit_code::unusable));
}

} // namespace

int main(int argc, char** argv) try {
    cli::prepare_heap();
    CLI::App app{
        "Keeps a folder the same on several devices, end-to-end encrypted, through storage that knows nothing.",
        "sealsync"};
    app.set_version_flag("--version", std::to_string(SEALSYNC_VERSION_MAJOR) + "." +
                                          std::to_string(SEALSYNC_VERSION_MINOR) + "." +
                                          std::to_string(SEALSYNC_VERSION_PATCH));
    app.footer(exit_codes);
    app.require_subcommand(1);

    cli::options given;
    command chosen = nullptr;
    auto* init =
        add_command(app, given, chosen, "init", "Create a vault, with this folder as its first device", cli::run_init);
    add_enrolling(init, given);
    init->add_flag("--accept-unsafe-creation", given.accept_unsafe_creation,
                   "Create the vault on a store that cannot create an object only once: if two devices do at the same "
                   "moment, one of them must join again");
    init->add_flag("--fast-kdf", given.fast_kdf, "For tests only: the weakest passphrase hashing that is allowed");
    add_enrolling(add_command(app, given, chosen, "join", "Make this folder one more device of a vault", cli::run_join),
                  given);
    auto* sync = add_command(app, given, chosen, "sync", "Bring folder and vault together once", cli::run_sync);
    auto* watch = add_command(
        app, given, chosen, "watch",
        "Sync after every change, until interrupted; no other command may use the folder meanwhile", cli::run_watch);
    for (auto* sub : {sync, watch}) {
        sub->add_flag("--allow-mass-delete", given.allow_mass_delete,
                      "Accept that others deleted more than half of all files");
        sub->add_flag("--rediscover", given.rediscover, "List the store even if it seems unchanged");
    }
    watch->add_option("--poll", given.poll, "Seconds between two looks at the store, 30 unless told")
        ->check(CLI::Range(1, 86'400));
    add_command(app, given, chosen, "status",
                "What waits: A new, M changed, D deleted, P to be pushed; asks nothing of the store", cli::run_status);
    add_command(app, given, chosen, "conflicts", "The files that were changed on two devices at once",
                cli::run_conflicts);
    add_command(app, given, chosen, "ls", "The files of the vault, as last synced", cli::run_ls)
        ->add_flag("-l", given.details, "With permissions, size and time");
    add_command(app, given, chosen, "log", "Every change that the store has, push by push", cli::run_log)
        ->add_flag("--json", given.json, "The manifests themselves, one per line");
    add_command(app, given, chosen, "verify", "Read and check everything that the vault should have", cli::run_verify);

    auto* probe = app.add_subcommand("probe", "Find out what a store can do; leaves nothing behind");
    probe->add_option("store", given.store, store_forms)->required();
    probe->callback([&chosen] { chosen = cli::run_probe; });

    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& refused) {
        return app.exit(refused) == 0 ? 0 : static_cast<int>(cli::exit_code::refused);
    }
    return finish_output(chosen(given));
} catch (const std::exception& unexpected) { // out of memory, above all
    std::cerr << "sealsync: " << unexpected.what() << '\n';
    return static_cast<int>(cli::exit_code::later);
}
