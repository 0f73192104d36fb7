//! Generates Rust code and a descriptor set from the contracts, without an installed protoc.

use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use protox::Compiler;
use protox::prost_reflect::{DescriptorPool, MethodDescriptor, ServiceDescriptor, Value};

/// Packages whose services get constants.
const PACKAGES: [&str; 2] = ["docket.auth.v1", "docket.task.v1"];
const CREDENTIAL: &str = "docket.options.v1.credential";
const READS_REFRESH_COOKIE: &str = "docket.options.v1.reads_refresh_cookie";

fn main() -> Result<(), Box<dyn Error>> {
    let root = PathBuf::from(std::env::var("CARGO_MANIFEST_DIR")?);
    let out = PathBuf::from(std::env::var("OUT_DIR")?);
    println!("cargo::rerun-if-changed=docket");
    println!("cargo::rerun-if-changed=google");

    let mut files = Vec::new();
    collect(&root.join("docket"), &mut files)?;
    // No contract imports the details of errors, but reflection has to describe them.
    collect(&root.join("google"), &mut files)?;
    files.sort();
    let mut compiler = Compiler::new([&root])?;
    compiler.include_source_info(true).include_imports(true).open_files(&files)?;
    // Encoded by the compiler, since prost-types drops custom options.
    std::fs::write(out.join("docket.bin"), compiler.encode_file_descriptor_set())?;

    tonic_prost_build::configure()
        // tonic-types has the types of google.rpc, with helpers for error details.
        .extern_path(".google.rpc", "::tonic_types::pb")
        .bytes(".")
        .compile_fds(compiler.file_descriptor_set())?;

    let contracts = Contracts(compiler.descriptor_pool());
    std::fs::write(out.join("methods.rs"), contracts.methods())?;
    for package in PACKAGES {
        std::fs::write(out.join(format!("{package}.services.rs")), contracts.services(package))?;
    }
    Ok(())
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "proto") {
            files.push(path);
        }
    }
    Ok(())
}

/// The contracts with their options, from which constants are generated.
struct Contracts(DescriptorPool);

impl Contracts {
    /// Constants about methods of all packages.
    fn methods(&self) -> String {
        let paths = |holds: &dyn Fn(&MethodDescriptor) -> bool| {
            let methods =
                PACKAGES.iter().flat_map(|package| self.services_of(package)).flat_map(|service| methods(&service));
            methods.filter(|method| holds(method)).map(|method| path(&method)).collect::<Vec<_>>()
        };
        let open = paths(&|method| self.credential(method) == "CREDENTIAL_NONE");
        let cookie = paths(&|method| self.option(method, READS_REFRESH_COOKIE) == Value::Bool(true));
        [
            constant("Paths of all methods.", "METHODS", &paths(&|_| true)),
            constant("Paths of the methods that need no credential.", "OPEN_METHODS", &open),
            constant("Paths of the methods that read the cookie with the refresh token.", "COOKIE_METHODS", &cookie),
        ]
        .concat()
    }

    /// Constants about the services of a package, and the names of its methods by their requests.
    fn services(&self, package: &str) -> String {
        let names = |holds: &dyn Fn(&ServiceDescriptor) -> bool| {
            let services = self.services_of(package).filter(|service| holds(service));
            services.map(|service| service.full_name().to_owned()).collect::<Vec<_>>()
        };
        let is_public = |service: &ServiceDescriptor| {
            !methods(service).iter().any(|method| self.credential(method) == "CREDENTIAL_SERVICE_TOKEN")
        };
        let mut code = constant("Full names of the services.", "SERVICES", &names(&|_| true));
        code += &constant("Full names of the services that are not internal.", "PUBLIC_SERVICES", &names(&is_public));
        for method in self.services_of(package).flat_map(|service| methods(&service)) {
            let (request, name) = (method.input(), method.name().to_owned());
            writeln!(code, "impl crate::MethodRequest for {} {{", request.name()).expect("a string takes every text");
            writeln!(code, "    const METHOD: &'static str = {name:?};\n}}").expect("a string takes every text");
        }
        code
    }

    fn services_of(&self, package: &str) -> impl Iterator<Item = ServiceDescriptor> {
        self.0.services().filter(move |service| service.package_name() == package)
    }

    /// The name of the enum's value.
    fn credential(&self, method: &MethodDescriptor) -> String {
        let number = self.option(method, CREDENTIAL).as_enum_number().expect("the option is an enum");
        let credential = self.0.get_enum_by_name("docket.options.v1.Credential").expect("the contracts have the enum");
        credential.get_value(number).expect("the compiler takes known values only").name().to_owned()
    }

    fn option(&self, method: &MethodDescriptor, name: &str) -> Value {
        let extension = self.0.get_extension_by_name(name).expect("the contracts have the option");
        method.options().get_extension(&extension).into_owned()
    }
}

fn methods(service: &ServiceDescriptor) -> Vec<MethodDescriptor> {
    service.methods().collect()
}

/// The path of the method in a request.
fn path(method: &MethodDescriptor) -> String {
    format!("/{}/{}", method.parent_service().full_name(), method.name())
}

fn constant(comment: &str, name: &str, values: &[String]) -> String {
    format!("/// {comment}\npub const {name}: &[&str] = &{values:?};\n")
}
