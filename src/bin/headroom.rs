//! The command line.

fn main() -> std::process::ExitCode {
    headroom::cli::main()
}
