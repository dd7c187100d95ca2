//! Rules on single operators: floating point, what slips past validation, multi-value.

use wasmparser::{BlockType, Operator};

use crate::{
    pricing::{UNPAYABLE, operator_ink},
    rejection::{Place, Reason, Rejection},
    validate::{ActivationRules, Module},
};

/// Walks every function. Operators in unreachable code count as well.
///
/// Before Stylus version 3 activation lets multi-value pass, and so does this (ambiguous: the compiler that nodes ran at
/// that time could not compile it, so such a program was accepted and never ran).
pub(super) fn check(module: &Module<'_>, rules: &ActivationRules) -> Result<(), Rejection> {
    let single_value = rules.stylus_version >= 3;
    if single_value && module.types.iter().any(|ty| ty.results().len() > 1) {
        return Err(Rejection::at(
            Reason::MultiValue {
                what: "function types",
            },
            Place::Section("type"),
        ));
    }
    for (index, body) in module.bodies.iter().enumerate() {
        let mut operators = module.read(body.get_operators_reader())?;
        while !operators.eof() {
            let operator = module.read(operators.read())?;
            let verdict = check_operator(&operator).and_then(|()| {
                if single_value {
                    check_block(module, &operator)
                } else {
                    Ok(())
                }
            });
            verdict.map_err(|reason| Rejection::at(reason, module.place_of_function(index)))?;
        }
    }
    Ok(())
}

/// Block types by index are fine as long as the short encoding could say the same.
fn check_block(module: &Module<'_>, operator: &Operator<'_>) -> Result<(), Reason> {
    use Operator::{Block, If, Loop};
    match operator {
        Block {
            blockty: BlockType::FuncType(index),
        }
        | Loop {
            blockty: BlockType::FuncType(index),
        }
        | If {
            blockty: BlockType::FuncType(index),
        } if !module.types[*index as usize].params().is_empty() => Err(Reason::MultiValue { what: "blocks" }),
        _ => Ok(()),
    }
}

/// What has a price runs. Floats may besides be stored, moved and reinterpreted (nobody can pay for that), but not
/// computed with. The rest of the bulk-memory proposal validates and does not run.
fn check_operator(operator: &Operator<'_>) -> Result<(), Reason> {
    use Operator::*;
    if operator_ink(operator, |_| 0) != UNPAYABLE {
        return Ok(());
    }
    match operator {
        F32Const { .. }
        | F64Const { .. }
        | F32Load { .. }
        | F64Load { .. }
        | F32Store { .. }
        | F64Store { .. } => Ok(()),
        I32ReinterpretF32 | I64ReinterpretF64 | F32ReinterpretI32 | F64ReinterpretI64 => Ok(()),
        _ => {
            let operator = operator_name(operator);
            // Every operator on floats has the type in its name.
            let float = operator.contains("f32") || operator.contains("f64");
            Err(if float {
                Reason::FloatOperator { operator }
            } else {
                Reason::UnsupportedOperator { operator }
            })
        }
    }
}

/// The operator's name in text format, from the name of its variant: `I32TruncSatF64U` is `i32.trunc_sat_f64_u`.
fn operator_name(operator: &Operator<'_>) -> String {
    let debug = format!("{operator:?}");
    let variant = debug
        .split(|c: char| !c.is_ascii_alphanumeric())
        .next()
        .unwrap_or_default();
    let mut words: Vec<String> = Vec::new();
    for c in variant.chars() {
        match words.last_mut() {
            Some(word) if !c.is_ascii_uppercase() => word.push(c),
            _ => words.push(c.to_ascii_lowercase().to_string()),
        }
    }
    // The first word is the type or object that the operator belongs to.
    words.join("_").replacen('_', ".", 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_operator_name_is_the_one_of_the_text_format() {
        assert_eq!(operator_name(&Operator::I32TruncSatF64U), "i32.trunc_sat_f64_u");
        assert_eq!(operator_name(&Operator::F32Copysign), "f32.copysign");
        assert_eq!(operator_name(&Operator::F64PromoteF32), "f64.promote_f32");
        assert_eq!(
            operator_name(&Operator::TableCopy {
                dst_table: 0,
                src_table: 0
            }),
            "table.copy"
        );
    }

    #[test]
    fn test_check_operator_moves_floats_and_refuses_to_compute_with_them() {
        assert_eq!(check_operator(&Operator::F32ReinterpretI32), Ok(()));
        assert_eq!(check_operator(&Operator::Select), Ok(()));
        for (operator, name) in [
            (Operator::F64Add, "f64.add"),
            (Operator::I64TruncSatF32S, "i64.trunc_sat_f32_s"),
        ] {
            assert_eq!(
                check_operator(&operator),
                Err(Reason::FloatOperator {
                    operator: name.into()
                })
            );
        }
        let init = Operator::TableInit {
            elem_index: 0,
            table: 0,
        };
        assert_eq!(
            check_operator(&init),
            Err(Reason::UnsupportedOperator {
                operator: "table.init".into()
            })
        );
    }
}
